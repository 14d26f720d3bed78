"""The widgets of ctk and qMRML that panels use, in the role of C++: the bridge wraps them like Qt's own."""

"""Images, regions and the panel's state as nodes of a MRML scene that is passed in; no widgets, no application."""

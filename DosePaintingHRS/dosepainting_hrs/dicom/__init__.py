"""DICOM objects in and out: inventory, image series, structure sets."""

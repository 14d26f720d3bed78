"""A synthetic patient with known truth, written as real DICOM."""

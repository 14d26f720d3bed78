"""The few hot loops, one per file; each has a plain-numpy twin in the tests."""

"""Measurements with their commands and dated results; `make bench` runs the short form of each."""

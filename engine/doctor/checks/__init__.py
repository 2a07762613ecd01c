"""The checks, one file a family; each ends with its table."""

"""Files that are whole or not there, and that are read without surprises."""

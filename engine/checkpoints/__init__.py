"""Checkpoints: how they are written and read, what is kept, what a person calls them."""

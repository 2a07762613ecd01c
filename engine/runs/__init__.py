"""A run from its start to its end: its folder, its events, starting it and going on with it."""

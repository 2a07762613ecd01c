"""One run as it is watched: from its file of events to all that the screen knows of it."""

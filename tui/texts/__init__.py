"""What the Data screen knows, apart from the screen."""

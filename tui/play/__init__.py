"""What the playground knows, apart from the screen."""

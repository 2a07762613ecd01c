"""What the form of a configuration is made of."""

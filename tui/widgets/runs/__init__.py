"""What the Runs screen is made of."""

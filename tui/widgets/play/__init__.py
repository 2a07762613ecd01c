"""What the Play screen is made of."""

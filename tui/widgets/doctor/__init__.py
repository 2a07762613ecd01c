"""What the Doctor screen is made of."""

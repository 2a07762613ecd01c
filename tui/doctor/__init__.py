"""What the Doctor screen knows: the checks and their findings, the cards, and what is kept."""

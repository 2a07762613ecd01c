"""What may break the program is done to it, over and over: `make torture`."""

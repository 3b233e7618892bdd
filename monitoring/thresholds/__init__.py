"""Where the bounds of a number come from."""

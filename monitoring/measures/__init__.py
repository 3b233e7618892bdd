"""Numbers computed from profiles."""

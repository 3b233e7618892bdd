"""Whether to train again, on which days, and whether what came of it is better."""

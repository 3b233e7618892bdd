"""Data quality: what every day's rows must look like, and what came of looking."""

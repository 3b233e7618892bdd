"""The ways to train a new version: a function, a command, or an external pipeline."""

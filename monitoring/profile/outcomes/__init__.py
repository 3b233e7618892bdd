"""Outcomes: what the model said beside what turned out to be true, as mergeable counts and sums."""

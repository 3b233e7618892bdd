"""What monitoring is, in plain Python: no Dagster, no I/O, no clock, no environment."""

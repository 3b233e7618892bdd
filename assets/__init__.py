"""The graph of one monitored model."""

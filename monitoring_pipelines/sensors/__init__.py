"""Ticks that start runs or send messages."""

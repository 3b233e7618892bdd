"""The monitor file: its model and its parser."""

"""One file for each revision of the results schema, oldest first by number."""

"""Tables of predictions and actuals, read as streams of Arrow record batches."""

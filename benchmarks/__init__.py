"""What is measured and how; the last result lies beside it."""

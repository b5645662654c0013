"""What goes out: spreadsheets, packs, summaries."""

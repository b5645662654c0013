"""Pages: each file is one job of one person. A page reads, shows, and calls one command."""

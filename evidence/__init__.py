"""The file store: receive, inspect, keep and serve evidence. A file is kept before its row commits."""

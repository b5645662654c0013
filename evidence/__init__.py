"""The file store: receive, inspect, keep and serve what people send as evidence. A file is kept before its row commits."""

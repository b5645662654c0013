"""The web service: e-mail links, pages, JSON. It calls commands; it decides nothing."""

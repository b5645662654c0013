"""API v1 for other systems: raise findings and actions, read how they stand. Only keys open it, never a session."""

"""The tables. What must not happen is a constraint here, not an `if` elsewhere."""

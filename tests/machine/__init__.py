"""A machine that tries every sequence of commands on one action, and watches that no rule of the domain is broken."""

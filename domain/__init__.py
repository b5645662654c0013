"""Pure rules of the tracker: no framework, no clock, no database. Every time is aware and passed in as `now`."""

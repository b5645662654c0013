"""Reading a provider’s own tracker: sheet, header row, columns, cells and people. Reads and judges; changes nothing."""

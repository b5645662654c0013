"""`followthrough import FILE`: take in a provider's own tracker."""

from pathlib import Path


def import_(file: Path, *, preview: bool = False, json: bool = False) -> None:
    """Read a tracker; `--preview` says row by row what would happen and changes nothing."""
    raise SystemExit(f"followthrough: {file}: importing comes with the next slice.")

"""Reference data: what the regulator looks at. One YAML file a pack; README.md says where each comes from.

Invariant: a pack that is not as it should be stops the first use, with the file's name, and never half loads.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from domain.frameworks import Crosswalk, Framework, Library

FOLDER = Path(__file__).parent


class BadPack(ValueError):
    """A framework pack can't be read."""


def read_library(folder: Path) -> Library:
    """Every pack of a folder. Raises BadPack naming the file and what is wrong with it."""
    frameworks: list[Framework] = []
    crosswalks: list[Crosswalk] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            stated: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            if stated.get("kind") == "crosswalk":
                crosswalks.append(Crosswalk.model_validate(_renamed(stated)))
            else:
                frameworks.append(Framework.model_validate(stated))
        except (yaml.YAMLError, ValidationError, AttributeError) as wrong:
            raise BadPack(f"{path.name}: {wrong}") from wrong
    if len(crosswalks) != 1:
        raise BadPack(f"{folder}: there must be one crosswalk, and there are {len(crosswalks)}.")
    return Library(tuple(frameworks), crosswalks[0])


def _renamed(stated: Any) -> Any:
    """The same with “from”, which Python keeps for itself, as “from_”."""
    if isinstance(stated, dict):
        return {("from_" if key == "from" else key): _renamed(value) for key, value in stated.items()}
    return [_renamed(value) for value in stated] if isinstance(stated, list) else stated


@cache
def library() -> Library:
    """The packs that ship with the product, read once."""
    return read_library(FOLDER)

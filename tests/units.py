"""How the suite is shared out among processes: what belongs together, and in which order it begins."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

FIRST = ("tests/templates/", "tests/machine/", "tests/simulator/", "tests/api/", "tests/cli/", "tests/commands/")
"""What takes long begins first, so that nobody waits for it alone at the end."""
EACH_BY_ITSELF = "tests/machine/"


class Units(LoadScopeScheduling):
    """A file is what one process does in one go; so is each walk of the machine, which takes long."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(EACH_BY_ITSELF):
            return nodeid
        return nodeid.split("::", 1)[0]


def place(nodeid: str) -> int:
    """Where in the order a test begins."""
    return next((at for at, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))

"""Who goes first when the processor is short: people's answers before the engine's view of them."""

import contextlib
import os
from pathlib import Path


def lower_priority(pid: int, nice: int) -> None:
    """Let other processes go before this one, as far as `nice` (1 to 19) says.

    Linux shares the processor by session where nothing else groups processes, and each child of ours
    has a session of its own: a thread's nice value counts only inside it, so the group is told too.
    Where that is not so, the threads' own values count. Needs no rights; can't be undone without them.
    """
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))

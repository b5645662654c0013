"""Child processes that end with their parent, however it ends."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def ends_with_parent(how: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """For `Popen(preexec_fn=…)`: Linux sends the child `how` when its parent dies, even by kill -9.

    Elsewhere than on Linux a killed parent leaves its children behind; the next start ends them.
    """
    parent = os.getpid()
    # Looked up before the fork: the child of a process with threads may not load anything.
    ask = ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda _option, _signal: 0

    def in_the_child() -> None:
        ask(PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:  # it died in between, and nobody will tell us
            os._exit(1)

    return in_the_child

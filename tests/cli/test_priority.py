"""The engine lets people's answers go first, in whatever way this kernel shares the processor."""

import os
import subprocess
import sys
from pathlib import Path

from cli.priority import lower_priority

GROUP = Path("/proc/self/autogroup")


def test_every_thread_and_the_session_let_others_go_first() -> None:
    program = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); print(1, flush=True)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        lower_priority(child.pid, 5)
        threads = [int(task.name) for task in Path(f"/proc/{child.pid}/task").iterdir()]
        nice = [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads]
        group = Path(f"/proc/{child.pid}/autogroup").read_text() if GROUP.exists() else "nice 5"
        child.kill()
    assert (len(threads), nice) == (2, [5, 5])
    assert group.endswith("nice 5\n") or group == "nice 5"


def test_a_process_that_has_gone_is_no_fault() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    lower_priority(child.pid, 5)
    assert child.returncode == 0

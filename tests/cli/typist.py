"""A process that has loaded the `followthrough` command, and runs each one typed in a copy of itself.

Loading takes a second and most commands a twentieth of one. Each run is a process all the same: its settings, folder,
output and exit code are its own. That commands load by themselves is shown by `test_saying_what_is_wrong.py`.
"""

import json
import os
import sys
import traceback
from importlib import import_module
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer
from typing import Any

from cli.main import main

# Not `up` and the processes that it starts: Prefect looks at the settings while it is loaded.
LOADED = ("actions", "closures", "importing", "keys", "pathways", "people", "reviews", "samples", "trail", "webhooks")


class Typed(StreamRequestHandler):
    """One command, in a process of its own."""

    def handle(self) -> None:
        line = self.rfile.readline()
        if not line:  # somebody asked whether we listen
            return
        asked: dict[str, Any] = json.loads(line)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        os.dup2(os.open(asked["typed"], os.O_RDONLY), 0)
        for number in (1, 2):
            os.dup2(os.open(asked["output"][number - 1], os.O_WRONLY | os.O_CREAT), number)
        sys.argv = ["followthrough", *asked["words"]]
        self.wfile.write(f"{_ended()}\n".encode())


def _ended() -> int:
    """Run the command; the code that Python itself would have ended with."""
    code: int | str | None = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


class Typist(ForkingMixIn, UnixStreamServer):
    """Ends with whoever started it."""

    asked_by = os.getppid()

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self.asked_by:
            sys.exit()


if __name__ == "__main__":
    for name in LOADED:
        import_module(f"cli.{name}")
    with Typist(sys.argv[1], Typed) as typist:
        typist.serve_forever()

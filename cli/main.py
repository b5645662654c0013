"""The `followthrough` command: what an operator and a keyboard-minded quality lead can do."""

import sys

import structlog
from cyclopts import App
from pydantic import ValidationError

from domain.errors import Refused

app = App(name="followthrough", help="Improvement actions for care providers, followed through.", version="0.1.0")
# Named and not imported: a process loads what its own command needs, and no more.
for name, where in {
    "up": "cli.up:up",
    "first-link": "cli.first_steps:first_link",
    "prepare": "cli.first_steps:prepare",
    "web": "cli.processes:web",
    "worker": "cli.processes:worker",
    "migrate": "cli.processes:migrate",
    "deploy": "cli.processes:deploy",
    "catcher": "cli.catching:catcher",
    "people": "cli.people:app",
    "actions": "cli.actions:app",
    "keys": "cli.keys:app",
    "webhooks": "cli.webhooks:app",
    "reviews": "cli.reviews:app",
    "trail": "cli.trail:app",
    "closures": "cli.closures:app",
    "samples": "cli.samples:app",
    "pathways": "cli.pathways:app",
    "upgrade": "cli.upgrading:app",
    "import": "cli.importing:import_",
    "doctor": "cli.doctor:doctor",
}.items():
    app.command(where, name=name)


def keep_logs_discreet() -> None:
    """Log failures without the values of variables: those hold passwords, tokens and people's words."""
    *others, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


def main() -> None:
    """Run a command; a refusal is one plain line and exit code 1."""
    keep_logs_discreet()
    try:
        app()
    except Refused as refusal:
        print(f"followthrough: {refusal}", file=sys.stderr)
        sys.exit(1)
    except ValidationError as wrong:
        for error in wrong.errors():
            name = ".".join(map(str, error["loc"]))
            setting = f"FOLLOWTHROUGH_{name.upper()}" if wrong.title == "Settings" else name
            print(f"followthrough: {setting}: {error['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        sys.exit(1)
    except OSError as unreachable:
        print(f"followthrough: {unreachable}. Run “followthrough doctor” to see what is wrong.", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

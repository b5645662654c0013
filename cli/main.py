"""The `followthrough` command: what an operator and a keyboard-minded quality lead can do."""

import logging
import os
import sys
from traceback import TracebackException
from typing import TextIO

import structlog
from cyclopts import App, Group, Parameter
from pydantic import ValidationError
from structlog.typing import ExcInfo

from domain.errors import Refused

NEW_LINE = "\n"
# A flag that is off unless it is said needs no second one to say that it is off.
app = App(
    name="followthrough",
    help="Improvement actions for care providers, followed through.",
    version="0.1.0",
    default_parameter=Parameter(negative=()),
)
RUN = Group("Run it", sort_key=1)
LOOK = Group("See and decide", sort_key=2)
JOIN = Group("Let other systems in", sort_key=3)
PROVE = Group("Prove it", sort_key=4)
PARTS = Group("What up starts, one by one", sort_key=5)
# Named and not imported, with what is said of each: a process loads what its own command needs, and no more.
COMMANDS = {
    "up": (RUN, "cli.up:up", "Start everything, say where it is, and go on with the same data a second time."),
    "doctor": (
        RUN,
        "cli.doctor:doctor",
        "Look at all that is needed, and say what is wrong and which setting to change.",
    ),
    "upgrade": (RUN, "cli.upgrading:app", "Before a new version: which open actions could go on with it."),
    "people": (LOOK, "cli.people:app", "Who works here, and as what: list, add, import, export."),
    "import": (
        LOOK,
        "cli.importing:import_",
        "Take in a provider's tracker, once you have read row by row what will happen.",
    ),
    "actions": (
        LOOK,
        "cli.actions:app",
        "Improvement actions: list, show, move to another version, cancel, supersede.",
    ),
    "reviews": (LOOK, "cli.reviews:app", "Weekly tracker reviews of every location."),
    "pathways": (LOOK, "cli.pathways:app", "The steps that actions go through: list, show, check, publish."),
    "keys": (JOIN, "cli.keys:app", "Keys for other systems: list, add, revoke."),
    "webhooks": (JOIN, "cli.webhooks:app", "Systems that are told of changes: list, add, test, send again, stop."),
    "trail": (PROVE, "cli.trail:app", "The audit trail: verify its chain, sign its head."),
    "closures": (PROVE, "cli.closures:app", "What actions closed on: verify its fingerprint."),
    "samples": (PROVE, "cli.samples:app", "Sample audits: list, and draw again from the recorded seed."),
    "prefect": (PARTS, "cli.processes:prefect", "Run the Prefect server, which keeps time; on this machine only."),
    "web": (PARTS, "cli.processes:web", "Serve the pages."),
    "worker": (PARTS, "cli.processes:worker", "Run flows, wake them at deadlines, and deliver mail."),
    "migrate": (
        PARTS,
        "cli.processes:migrate",
        "Make databases that are missing, and bring them to the present schema.",
    ),
    "deploy": (PARTS, "cli.processes:deploy", "Register the deployments with the Prefect server."),
    "catcher": (PARTS, "cli.catching:catcher", "Catch mail locally instead of sending it."),
    "prepare": (
        PARTS,
        "cli.first_steps:prepare",
        "What up needs before anything else: migrate, and print the first link.",
    ),
    "first-link": (
        PARTS,
        "cli.first_steps:first_link",
        "A sign-in link for the first administrator, until somebody can sign in.",
    ),
}
for name, (group, where, words) in COMMANDS.items():
    app.command(where, name=name, help=words, group=group, sort_key=list(COMMANDS).index(name))


def keep_logs_discreet() -> None:
    """Log failures without the values of variables: those hold passwords, tokens and people's words."""
    *others, _ = structlog.get_config()["processors"]
    structlog.configure(processors=[*others, structlog.dev.ConsoleRenderer(exception_formatter=_write_frames)])
    # The pages log what fails themselves; the server would log it once more, with all that the database quotes.
    logging.getLogger("uvicorn.error").addFilter(lambda record: "Exception in ASGI" not in record.getMessage())


def _write_frames(to: TextIO, failed: ExcInfo) -> None:
    """Where it failed, and of each error the first line: the others quote rows, and so what people wrote."""
    for part in TracebackException(*failed).format():
        to.write(f"{NEW_LINE}{part.rstrip(NEW_LINE) if part.startswith(' ') else part.strip().partition(NEW_LINE)[0]}")


def main() -> None:
    """Run a command; a refusal is one plain line and exit code 1."""
    keep_logs_discreet()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except Refused as refusal:
        print(f"followthrough: {refusal}", file=sys.stderr)
        sys.exit(1)
    except ValidationError as wrong:
        for error in wrong.errors():
            name = ".".join(map(str, error["loc"]))
            setting = f"FOLLOWTHROUGH_{name.upper()}" if wrong.title == "Settings" else name
            print(f"followthrough: {setting}: {error['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # whoever reads has seen enough, as “head” has; Python would complain again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as unreachable:
        print(f"followthrough: {unreachable}. Run “followthrough doctor” to see what is wrong.", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""The `followthrough` command: what an operator and a keyboard-minded quality lead can do."""

import sys

import structlog
from cyclopts import App
from pydantic import ValidationError

from cli import actions, doctor, importing, people, processes, trail
from cli.up import up
from domain.errors import Refused

app = App(name="followthrough", help="Improvement actions for care providers, followed through.", version="0.1.0")
app.command(up)
app.command(processes.web)
app.command(processes.worker)
app.command(processes.migrate)
app.command(processes.deploy)
app.command(processes.catcher)
app.command(people.app)
app.command(actions.app)
app.command(trail.app)
app.command(importing.import_, name="import")
app.command(doctor.doctor)


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
            print(f"followthrough: {'.'.join(map(str, error['loc']))}: {error['msg']}", file=sys.stderr)
        sys.exit(1)
    except OSError as unreachable:
        print(f"followthrough: {unreachable}. Run “followthrough doctor” to see what is wrong.", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

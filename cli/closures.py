"""`followthrough closures`: does what an action closed on still stand?"""

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from cli.flags import ForPrograms
from cli.running import in_office, show
from commands.office import Office
from db.closures import load_closures, no_longer_true
from domain.errors import Invalid, NotFound

app = App(name="closures")
Closed = Annotated[str | None, Parameter(help="The action that closed, for example FT-2026-0042.")]
Every = Annotated[bool, Parameter(help="Every closure there is.")]


@app.command
def verify(
    ref: Closed = None,
    *,
    all: Every = False,
    json: ForPrograms = False,
) -> None:
    """Compute the fingerprint of a closure again from what is stored, or of --all; exits with 1 where one differs."""
    if (ref is None) is not all:
        raise Invalid({"ref": "Give one reference, for example FT-2026-0042, or --all."})
    found = in_office(lambda office: _look(office, ref))
    if ref is not None and not found:
        raise NotFound(f"{ref} has no closure. See “followthrough actions show {ref}”.")
    if json:
        show(found)
    else:
        for one in found:
            how = "holds" if one["holds"] else f"DOES NOT HOLD: {'; '.join(one['changed'])}"
            print(f"{one['ref']} cycle {one['cycle']}  {one['fingerprint'][:16]}  {how}")
        print(f"{sum(one['holds'] for one in found)} of {len(found)} hold.")
    if not all_hold(found):
        sys.exit(1)


def all_hold(found: list[dict[str, Any]]) -> bool:
    return not any(one["changed"] for one in found)


async def _look(office: Office, ref: str | None) -> list[dict[str, Any]]:
    async with office.engine.connect() as connection:
        found: list[dict[str, Any]] = []
        for closure in await load_closures(connection, ref):
            changed = await no_longer_true(connection, closure)
            facts = {"ref": closure.ref, "cycle": closure.cycle, "fingerprint": closure.snapshot_hash.hex()}
            found.append({**facts, "holds": not changed, "changed": changed})
        return found

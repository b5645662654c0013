"""`followthrough upgrade`: what an upgrade would do to the actions that are open now."""

import sys
from collections import Counter
from dataclasses import asdict

from cyclopts import App

from cli.flags import ForPrograms
from cli.running import in_office, show
from commands.office import Office, utc_now
from commands.upgrade import Standing, check_upgrade
from domain.saying import say_count

app = App(name="upgrade")
MOST_SHOWN = 50


@app.command
def check(*, json: ForPrograms = False) -> None:
    """Replay every live action against this code and the newest pathways. Changes nothing.

    Exits with 1 where an action can't be understood: run it with the new code before you deploy it.
    """

    async def work(office: Office) -> list[Standing]:
        return [standing async for standing in check_upgrade(office, utc_now())]

    found = in_office(work)
    if json:
        show([asdict(standing) for standing in found])
    else:
        _print(found)
    if any(standing.problem for standing in found):
        sys.exit(1)


def _print(found: list[Standing]) -> None:
    broken = [one for one in found if one.problem]
    moving = [one for one in found if not one.problem and one.changes]
    safe = len(found) - len(broken) - len(moving)
    print(f"{say_count(len(found), 'live action')} replayed against this code:")
    print(f"  {safe:>6,} safe: they stand as they are")
    print(f"  {len(moving):>6,} go on at their next wake")
    print(f"  {len(broken):>6,} not understood")
    moves = Counter(one.move for one in found if not one.problem)
    print("Newest pathway versions:")
    print(f"  {moves['newest']:>6,} follow one already, or have closed")
    print(f"  {moves['free']:>6,} can move as they are")
    print(f"  {moves['map']:>6,} need a map")
    print(f"  {moves['stays']:>6,} stay on their version, so that no answer changes its meaning")
    _each("Not understood:", [(one.ref, (one.problem or "",)) for one in broken])
    _each("At their next wake:", [(one.ref, one.changes) for one in moving])
    _each("Need a map:", [(one.ref, one.words) for one in found if one.move == "map"])
    _each("Stay on their version:", [(one.ref, one.words) for one in found if one.move == "stays"])


def _each(heading: str, lines: list[tuple[str, tuple[str, ...]]]) -> None:
    if not lines:
        return
    print(f"\n{heading}")
    for ref, words in lines[:MOST_SHOWN]:
        print(f"  {ref}  {' '.join(words)}")
    if len(lines) > MOST_SHOWN:
        print(f"  and {len(lines) - MOST_SHOWN:,} more; --json names them all")

"""Doing the same to many, so that one that cannot be done holds up no other."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeVar

from commands.office import Office
from db.session import Transaction, transaction
from domain.actors import SYSTEM

T = TypeVar("T")


async def one_by_one(
    office: Office,
    now: datetime,
    all_of_them: Iterable[T],
    work: Callable[[Transaction, T], Awaitable[int]],
    failed: str,
) -> int:
    """Do the work on each in a transaction of its own; the sum of what was done.

    What went wrong is raised once the others are done, all of it together as `failed`.
    """
    done, broken = 0, list[Exception]()
    for one in all_of_them:
        try:
            async with transaction(office.engine, SYSTEM, now) as tx:
                done += await work(tx, one)
        except Exception as wrong:  # told once the others are done
            broken.append(wrong)
    if broken:
        raise ExceptionGroup(failed, broken)
    return done

"""People go first: requests to wake wait for a pause among answers, but not for long. No Prefect."""

import asyncio
import time

import pytest

from flows.waking import a_pause


class Answers:
    """`number` answers, one every `every` seconds."""

    def __init__(self, number: int, every: float) -> None:
        self.left, self.every = number, every

    async def heard(self) -> None:
        if not self.left:
            await asyncio.Event().wait()
        await asyncio.sleep(self.every)
        self.left -= 1


async def test_nobody_answering_is_a_pause() -> None:
    begun = time.monotonic()
    assert await a_pause(Answers(0, 0).heard, pause=0.05, patience=5)
    assert 0.04 < time.monotonic() - begun < 4


async def test_the_pause_begins_after_the_last_answer() -> None:
    answers = Answers(6, 0.02)
    assert await a_pause(answers.heard, pause=1, patience=30)
    assert answers.left == 0


async def test_answers_without_end_are_not_waited_for() -> None:
    answers = Answers(1_000_000, 0.01)
    assert not await a_pause(answers.heard, pause=5, patience=0.2)
    assert answers.left > 0


async def test_a_broken_ear_is_told_of() -> None:
    async def deaf() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await a_pause(deaf, pause=1, patience=1)

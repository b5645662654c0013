"""Sending a form: once mostly, twice at times, again after a crash; and the way in that somebody uses for it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from commands.answering import Receipt
from domain.actors import Actor
from domain.errors import Refused
from domain.vocabulary import Identified
from tests.simulator.homes import OWNERS, Person
from tests.simulator.watching import Ack, Broken, KeptFile
from tests.simulator.world import World

Upload = Callable[[UUID], Awaitable[tuple[KeptFile, ...]]]
"""Sends the files that come with a form, whose key it is given; those that were taken."""


@dataclass
class Sent:
    """A form with its key, and words of it that must be kept for ever."""

    call: Callable[[], Awaitable[Receipt]]
    said: dict[str, Any]
    request_id: UUID
    upload: Upload | None = None


@dataclass
class Sending:
    """Everybody's browser. `in_hand` is a form whose answer has not come yet; `refused` counts noes by item."""

    world: World
    in_hand: Sent | None = None
    refused: Counter[UUID] = field(default_factory=Counter[UUID])

    async def send(self, call: Callable[[UUID], Awaitable[Receipt]], upload: Upload | None = None, **said: Any) -> None:
        """Send a form; a few people press the button twice, or come again when it is done."""
        request_id, late = self.world.new_id(), self.world.new_id()
        self.in_hand = sent = Sent(lambda: call(request_id), said, request_id, upload)
        receipt = await self._receive(sent)
        if self.world.happens(0.05):
            await self._receive(sent, twice=receipt)
        if self.world.happens(0.03):
            await self._late(Sent(lambda: call(late), said, late, upload), receipt)

    async def send_again(self, sent: Sent) -> None:
        """After a crash: the browser asks whether to send the form again."""
        self.world.counts["sent again after a crash"] += 1
        await self._receive(sent)

    async def _receive(self, sent: Sent, twice: Receipt | None = None) -> Receipt:
        files = await sent.upload(sent.request_id) if sent.upload else ()
        receipt = await sent.call()
        self.in_hand = None
        if twice is not None:
            self.world.counts["sent twice"] += 1
            if not receipt.repeated or receipt.submission_id != twice.submission_id:
                raise Broken("a form sent twice has one effect", receipt)
        ack = Ack(receipt.action_id, receipt.step_id, sent.request_id, sent.said, receipt.counted, files)
        self.world.acknowledged(ack)
        return receipt

    async def _late(self, sent: Sent, first: Receipt) -> None:
        self.world.counts["sent once more, too late"] += 1
        try:
            receipt = await self._receive(sent)
        except Refused:
            return
        if receipt.counted:
            raise Broken("a late answer does not count", f"{receipt} after {first}")

    def actor(self, person: Person, step: UUID) -> Actor:
        """By the newest link they were mailed, or signed in."""
        links = self.world.box.links.get((person.address, step), [])
        if not links or self.world.happens(0.1):
            return person.signed_in
        return Actor(person.id, Identified.LINK, link_id=links[-1])

    def colleague_of(self, person: Person, home: UUID) -> UUID:
        """Somebody else who could do it."""
        others = [one.id for one in self.world.homes.at(home, *OWNERS) if one.id != person.id]
        return self.world.chance.choice(others) if others else person.id

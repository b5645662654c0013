"""Pathways that change while actions are open, and actions that are moved to a newer version."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from commands.newer_version import CannotMove, move_action
from commands.pathways import publish, shipped
from domain.actors import OPERATOR, Actor
from domain.pathways import Pathway
from domain.versions import Stop, Why
from domain.vocabulary import Category, Control, Role
from tests.simulator.watching import Seen
from tests.simulator.world import World

Said = dict[str, Any]
ROLES = ("owner", "team leader", "care coordinator", "key worker", "deputy manager")
APPROVERS = ("registered manager", "quality lead", "nominated individual")
REASON = "The provider asks for it differently from this month on."


def retitle(chance: random.Random, said: Said) -> None:
    chance.choice(said["evidence"])["title"] = f"Show what changed, as version {said['version']} has it"


def give_to_another_role(chance: random.Random, said: Said) -> None:
    chance.choice(said["evidence"])["who"] = chance.choice(ROLES)


def rename(chance: random.Random, said: Said) -> None:
    step = chance.choice(said["evidence"])
    old, step["key"] = step["key"], f"{step['key'].split('-v')[0]}-v{said['version']}"
    for other in said["evidence"]:
        other["after"] = [step["key"] if key == old else key for key in other.get("after", [])]


def ask_for_more(chance: random.Random, said: Said) -> None:
    more = {"key": f"more-v{said['version']}", "title": "Show what people say of it", "who": chance.choice(ROLES)}
    said["evidence"].append({**more, "category": str(chance.choice(list(Category))), "required": chance.random() < 0.7})


def leave_out(chance: random.Random, said: Said) -> None:
    if len(said["evidence"]) > 1:
        gone = said["evidence"].pop(chance.randrange(len(said["evidence"])))
        for other in said["evidence"]:
            other["after"] = [key for key in other.get("after", []) if key != gone["key"]]


def ask_in_another_form(chance: random.Random, said: Said) -> None:
    step = chance.choice(said["evidence"])
    step["form"] = "evidence" if step.get("form") == "briefing" else "briefing"


def sample_otherwise(chance: random.Random, said: Said) -> None:
    for check in said["checks"]:
        check |= {"size": chance.choice((None, 5, 10)), "threshold": chance.choice(("0.8", "0.9"))}


def climb_otherwise(chance: random.Random, said: Said) -> None:
    for rungs in said["ladders"].values():
        if len(rungs) > 2:
            rungs.pop(chance.randrange(len(rungs)))


def ask_another_approver(chance: random.Random, said: Said) -> None:
    said["approvals"][0]["who"] = chance.choice(APPROVERS)


CHANGES: tuple[Callable[[random.Random, Said], None], ...] = (
    *(retitle, give_to_another_role, rename, ask_for_more, leave_out),
    *(ask_in_another_form, sample_otherwise, climb_otherwise, ask_another_approver),
)


def another(chance: random.Random, pathway: Pathway) -> Pathway | None:
    """The next version, with one to three changes; None where they do not go together."""
    said: Said = {**pathway.model_dump(mode="json"), "version": pathway.version + 1}
    for change in chance.sample(CHANGES, chance.randrange(1, 4)):
        change(chance, said)
    asked: list[Said] = [*said["evidence"], *said["checks"]]
    there = {str(step.get("category", Category.OUTCOMES)) for step in asked if step.get("required", True)}
    said["categories_needed"] = min(int(said["categories_needed"]), len(there))
    try:
        return Pathway.model_validate(said)
    except ValidationError:
        return None


@dataclass
class Versions:
    """What is published by now, by key."""

    world: World
    newest: dict[str, Pathway] = field(default_factory=lambda: {one.key: one for _, one in shipped()})

    async def publish(self) -> None:
        """A quality lead changes a pathway; open actions keep the version they have."""
        world = self.world
        changed = another(world.chance, self.newest[world.chance.choice(list(self.newest))])
        leads = world.homes.with_role(Role.QUALITY_LEAD)
        if changed is None:
            return
        who = world.chance.choice(leads).signed_in if leads else OPERATOR
        known = self.newest[changed.key]
        self.newest[changed.key] = changed
        try:
            await publish(world.office, who, changed, world.now, next_only=True)
        except BaseException:
            self.newest[changed.key] = known
            raise

    async def move(self) -> None:
        """Somebody moves an open action to the newest version; told what stands in the way, they say what becomes."""
        world = self.world
        behind = [key for key, one in world.watcher.seen.items() if one.is_open and self._is_behind(one)]
        if behind:
            await self.move_one(world.chance.choice(behind))

    async def move_one(self, action: UUID) -> None:
        world, one = self.world, self.world.watcher.of(action)
        if not self._is_behind(one):
            return
        to, mapping = self.newest[one.journal.pathway.key], dict[str, str | None]()
        who = self._mover()
        for _ in range(4):
            try:
                await move_action(world.office, who, action, to.version, mapping, REASON, world.now)
            except CannotMove as no:
                world.counts.update(f"not moved: {stop.why}" for stop in no.stops)
                if any(stop.why is not Why.MAP for stop in no.stops):
                    return
                mapping |= self._mapped(one, to, no.stops)
                continue
            world.touched.add(action)
            world.counts.update(_states(one, world))
            return

    def _is_behind(self, one: Seen) -> bool:
        newest = self.newest.get(one.journal.pathway.key)
        return newest is not None and one.journal.pathway.version < newest.version

    def _mover(self) -> Actor:
        people = self.world.homes.with_role(self.world.chance.choice((Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL)))
        return self.world.chance.choice(people).signed_in if people else OPERATOR

    def _mapped(self, one: Seen, to: Pathway, stops: tuple[Stop, ...]) -> dict[str, str | None]:
        """A step of the same control, or none."""
        chance, said = self.world.chance, dict[str, str | None]()
        for key in (stop.key for stop in stops if stop.key is not None):
            control = next((step.control for step in one.journal.this_cycle if step.key == key), None)
            there = {Control.EVIDENCE: to.evidence, Control.CHECK: to.checks, Control.CLOSE: to.approvals}
            said[key] = chance.choice([None, *(spec.key for spec in there.get(control or Control.DEFINE, ()))])
        return said


def _states(one: Seen, world: World) -> Counter[str]:
    """How the action stood when it moved."""
    steps, owner = one.journal.open_steps, world.homes.people.get(one.journal.owner_id or UUID(int=0))
    found = Counter({"moved": 1})
    found["moved: something overdue"] += any(step.due_at < world.now for step in steps)
    found["moved: on a later round"] += any(step.round > 1 for step in steps)
    found["moved: in a later cycle"] += one.journal.cycle > 1
    found["moved: owner away"] += owner is not None and (owner.away_until or world.now) > world.now
    return found

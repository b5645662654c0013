"""What is found: a whole definition, of any of the usual themes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.defining import Definition, Measure
from domain.vocabulary import Risk, Source
from tests.simulator.homes import OWNERS
from tests.simulator.world import World

THEMES = (
    *("nutrition", "falls", "medicines", "hydration", "skin", "handover", "consent", "activities", "laundry"),
    *("oral care", "fire doors", "call bells", "supervision", "training", "end of life", "moving", "infection"),
    *("complaints", "visitors", "night checks"),
)
RISKS = (Risk.LOW, Risk.MEDIUM, Risk.MEDIUM, Risk.HIGH, Risk.HIGH, Risk.CRITICAL)


def a_whole_definition(world: World, home: UUID, theme: str, **changes: Any) -> Definition:
    owners = world.homes.at(home, *OWNERS)
    owner = world.chance.choice(owners).id if owners and world.happens(0.9) else None
    due = world.now + timedelta(days=world.chance.choice((7, 14, 21, 28, 42, 60, 90)), hours=world.chance.randrange(24))
    facts: dict[str, Any] = {
        "title": "Weekly weights for everyone at risk",
        "what_will_change": "Each person at risk is weighed weekly and the weight is in the care plan.",
        "summary": "7 of 12 people at risk had no weight recorded in the last 30 days.",
        "pathway": world.homes.pathways[home],
        "location_id": home,
        "source": world.chance.choice(list(Source)),
        "theme": theme,
        "measure": Measure("plans with a weight from the last 7 days", "42 %", "92 %"),
        "risk": world.chance.choice(RISKS),
        "due_at": due,
        "closure_criteria": "Plans updated, staff briefed, 9 of 10 sampled records match.",
        "owner_id": owner,
    }
    return Definition(**(facts | changes))

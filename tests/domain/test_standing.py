"""Who may say who works here."""

from datetime import date, timedelta

import pytest

from domain.standing import Held, Roles, check_dates, managed_locations, needs_account, why_not_give, why_not_manage
from domain.vocabulary import Role
from tests.domain.making import known

HERE, THERE = known("Cedar View"), known("Elm Court")
ADMINISTRATOR = (Held(Role.ADMINISTRATOR),)
MANAGER = (Held(Role.REGISTERED_MANAGER, HERE),)
OF_ALL = (Held(Role.REGISTERED_MANAGER),)
DEPUTY = (Held(Role.DEPUTY_MANAGER, HERE),)
LOCAL_ADMINISTRATOR = (Held(Role.ADMINISTRATOR, HERE),)


@pytest.mark.parametrize(
    ("giver", "role", "location", "because"),
    [
        (ADMINISTRATOR, Role.NOMINATED_INDIVIDUAL, None, None),
        (ADMINISTRATOR, Role.INSPECTOR, HERE, None),
        (ADMINISTRATOR, Role.ADMINISTRATOR, None, None),
        (MANAGER, Role.KEY_WORKER, HERE, None),
        (MANAGER, Role.DEPUTY_MANAGER, HERE, None),
        (MANAGER, Role.REGISTERED_MANAGER, HERE, None),
        (MANAGER, Role.KEY_WORKER, THERE, "own location"),
        (MANAGER, Role.KEY_WORKER, None, "all locations"),
        (MANAGER, Role.NOMINATED_INDIVIDUAL, HERE, "above yours"),
        (MANAGER, Role.ADMINISTRATOR, HERE, "above yours"),
        (MANAGER, Role.INSPECTOR, HERE, "let in by an administrator"),
        (OF_ALL, Role.TEAM_LEADER, THERE, None),
        (OF_ALL, Role.QUALITY_LEAD, None, None),
        (OF_ALL, Role.ADMINISTRATOR, None, "above yours"),
        (LOCAL_ADMINISTRATOR, Role.TEAM_LEADER, HERE, None),
        (LOCAL_ADMINISTRATOR, Role.TEAM_LEADER, THERE, "own location"),
        (DEPUTY, Role.KEY_WORKER, HERE, "given by administrators"),
        ((Held(Role.NOMINATED_INDIVIDUAL),), Role.KEY_WORKER, HERE, "given by administrators"),
        ((), Role.KEY_WORKER, HERE, "given by administrators"),
    ],
)
def test_who_gives_which_role_where(giver: Roles, role: Role, location: object, because: str | None) -> None:
    said = why_not_give(giver, role, location)  # pyright: ignore[reportArgumentType]
    assert said is None if because is None else because in (said or "")


@pytest.mark.parametrize(
    ("giver", "role", "may"),
    [
        (MANAGER, Role.NOMINATED_INDIVIDUAL, False),
        (MANAGER, Role.ADMINISTRATOR, False),
        (MANAGER, Role.DEPUTY_MANAGER, True),
        (DEPUTY, Role.REGISTERED_MANAGER, False),
        (ADMINISTRATOR, Role.REGISTERED_MANAGER, True),
        ((), Role.KEY_WORKER, False),
    ],
)
def test_nobody_raises_themselves(giver: Roles, role: Role, may: bool) -> None:
    assert (why_not_give(giver, role, HERE, to_self=True) is None) is may


@pytest.mark.parametrize(
    ("manager", "person", "may"),
    [
        (ADMINISTRATOR, (), True),
        (ADMINISTRATOR, ADMINISTRATOR, True),
        (MANAGER, DEPUTY, True),
        (MANAGER, (), False),
        (MANAGER, (*DEPUTY, Held(Role.KEY_WORKER, THERE)), False),  # another manager looks after them too
        (MANAGER, ADMINISTRATOR, False),
        (MANAGER, (Held(Role.QUALITY_LEAD),), False),
        (MANAGER, (Held(Role.DEPUTY_MANAGER, THERE),), False),
        (DEPUTY, (Held(Role.KEY_WORKER, HERE),), False),
    ],
)
def test_who_changes_whom(manager: Roles, person: Roles, may: bool) -> None:
    assert (why_not_manage(manager, person) is None) is may


def test_where_they_look_after_people() -> None:
    assert managed_locations(ADMINISTRATOR) is None
    assert managed_locations(MANAGER) == {HERE}
    assert managed_locations(DEPUTY) == frozenset()


def test_only_who_decides_checks_or_reads_needs_an_account() -> None:
    assert not needs_account([Role.KEY_WORKER, Role.TEAM_LEADER, Role.CARE_COORDINATOR])
    assert all(needs_account([role]) for role in (Role.DEPUTY_MANAGER, Role.COMMISSIONER, Role.ADMINISTRATOR))


TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("role", "starts", "ends", "field"),
    [
        (Role.KEY_WORKER, 0, None, None),
        (Role.KEY_WORKER, -400, 0, None),
        (Role.KEY_WORKER, 30, 60, None),
        (Role.KEY_WORKER, 2, 1, "ends"),
        (Role.KEY_WORKER, -10, -1, "ends"),
        (Role.INSPECTOR, 0, None, "ends"),
        (Role.INSPECTOR, 0, 14, None),
    ],
)
def test_the_days_of_a_role(role: Role, starts: int, ends: int | None, field: str | None) -> None:
    last = None if ends is None else TODAY + timedelta(days=ends)
    wrong = check_dates(role, TODAY + timedelta(days=starts), last, TODAY)
    assert set(wrong) == ({field} if field else set())

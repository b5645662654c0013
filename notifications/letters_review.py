"""What mails about the weekly review say. They name actions, and nobody who uses the service."""

from datetime import datetime

from domain.deadlines import Calendar
from domain.saying import first_name, say_count, say_date, say_due, say_late
from notifications.letter import Letter, first_of, while_covering, you


def review_asked(
    name: str,
    location: str,
    actions: list[str],
    due: datetime,
    path: str,
    calendar: Calendar,
    covering: str | None,
) -> Letter:
    """Asks for the weekly review, saying which actions it is about."""
    return Letter(
        subject=f"Weekly review for {location}: {say_count(len(actions), 'open action')}, due {_day(due, calendar)}",
        hello=first_name(name),
        headline=f"Please review the open actions at {location}",
        due=f"Due {say_due(due, calendar)}",
        body=["Say of each action how far it got this week, or what is in the way. You can stop and go on later."],
        button="Sign in and review",
        target=path,
        counts_title="What it is about",
        counts=first_of(actions),
        because=f"You get this because you do the weekly review at {location}{while_covering(covering)}.",
    )


def review_late(
    name: str, location: str, _with_whom: str, due: datetime, now: datetime, path: str, calendar: Calendar
) -> Letter:
    """Tells whoever a weekly review is with that it has not been sent."""
    late = say_late(due, now, calendar)
    return Letter(
        subject=f"Late: weekly review for {location}, due {_day(due, calendar)}",
        hello=first_name(name),
        headline=f"The weekly review at {location} is {late} late",
        due=f"Was due {say_due(due, calendar)}",
        due_note="with you",
        body=["If it is not sent, the registered manager has to answer for it."],
        button="Sign in and review",
        target=path,
        because=f"You get this because you do the weekly review at {location}.",
    )


def review_escalated(
    name: str,
    location: str,
    with_whom: str,
    due: datetime,
    now: datetime,
    path: str,
    calendar: Calendar,
    covering: str | None = None,
) -> Letter:
    """Asks a manager what is done about a weekly review that nobody sent."""
    late = say_late(due, now, calendar)
    return Letter(
        subject=f"Escalated to you: weekly review for {location}, due {_day(due, calendar)}",
        hello=first_name(name),
        headline=f"Your answer is needed: the weekly review at {location} is {late} late",
        due=f"Was due {say_due(due, calendar)}",
        due_note=f"with {with_whom}",
        body=["Nobody has looked at the open actions together this week."],
        button="Sign in and answer",
        target=path,
        counts_title="What your answer needs",
        counts=["what is done about it", "who does the review now, if that is somebody else"],
        because=f"You get this because {you('are', 'is', covering)} the next person to answer for the review."
        " Unanswered, it climbs.",
    )


def review_given(
    name: str, location: str, due: datetime, path: str, calendar: Calendar, covering: str | None = None
) -> Letter:
    """Tells somebody that a weekly review is theirs now."""
    return Letter(
        subject=f"Weekly review for {location}: given to you, due {_day(due, calendar)}",
        hello=first_name(name),
        headline=f"The weekly review at {location} is yours now",
        due=f"Due {say_due(due, calendar)}",
        body=["What was filled in before is kept. Say of each action how far it got, or what is in the way."],
        button="Sign in and review",
        target=path,
        because=f"You get this because {f'you cover for {covering}' if covering else 'your manager gave it to you'}.",
    )


def review_taken(name: str, location: str, due: datetime, reason: str, calendar: Calendar) -> Letter:
    """Tells somebody that a weekly review is no longer theirs."""
    return Letter(
        subject=f"Weekly review for {location}: no longer yours",
        hello=first_name(name),
        headline=f"The weekly review at {location} is no longer yours",
        due=f"Was due {say_due(due, calendar)}",
        body=["Somebody else does it this week.", reason],
        because="You get this because the review was yours.",
    )


def _day(at: datetime, calendar: Calendar) -> str:
    return say_date(calendar.day_of(at))

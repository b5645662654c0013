"""What mails say of a step that somebody is asked for, one function for each kind.

No name of a person using a service goes into a subject; the reference and the date do.
"""

from datetime import datetime

from domain.saying import first_name, say_date
from notifications.letter import About, AboutStep, Letter, Reader, lower


def assignment(about: About, reader: Reader, due: datetime | None, answer_by: datetime, until: datetime) -> Letter:
    """Asks one person to own an action; or whoever covers for them, to say yes or no in their place."""
    by = about.calendar.day_of(answer_by)
    in_place = [f"{reader.covering} is asked to own it. Say yes or no in their place."] if reader.covering else []
    return Letter(
        subject=about.subject(about.title, due),
        hello=reader.hello,
        headline=f"Please take on this action at {about.location}: {about.title}",
        due=about.due_line(due),
        due_note=about.distance(due) if due else None,
        body=[*in_place, about.found],
        button=f"Open {about.ref}",
        target="step",
        more=[
            [
                "Yes, no, or not sure?",
                f"Open the link and say so by {say_date(by)}. It takes less than a minute and nobody minds a no."
                " If we hear nothing, your manager is told.",
            ],
            *([_TOO_LATE] if due and due < about.now else []),
        ],
        questions=about.questions,
        because=f"You get this because {_named_owner(reader)}.",
        until=say_date(about.calendar.day_of(until)),
        calendar_due=about.day(due) if due and due >= about.now else None,
    )


def _named_owner(reader: Reader) -> str:
    return reader.you(f"were {_AS_OWNER}", f"was {_AS_OWNER}")


_AS_OWNER = "named as the one owner of this action"
# A tracker that is imported brings actions whose day has passed before anybody was asked by mail.
_TOO_LATE = [
    "The date has passed already",
    "Nobody blames you for that. Take it on if it is yours, and then ask for more time with a day that you can keep.",
]


def asked_again(
    about: About, reader: Reader, due: datetime | None, answer_by: datetime, until: datetime, helped: str
) -> Letter:
    """Asks an owner again, once somebody has helped with what was in the way; or whoever covers for them."""
    needed = f"{reader.covering}, whom you cover for, needed" if reader.covering else "You needed"
    by = say_date(about.calendar.day_of(answer_by))
    return Letter(
        subject=about.subject(about.title, due),
        hello=reader.hello,
        headline=f"With support, can you take this on? {about.title} at {about.location}",
        due=about.due_line(due),
        due_note=about.distance(due) if due else None,
        body=[f"{needed} support to take this on. This was done about it:", helped],
        button=f"Open {about.ref}",
        target="step",
        more=[
            ["Yes, no, or still in the way?", f"Open the link and say so by {by}. If we hear nothing, it climbs."],
            *([_TOO_LATE] if due and due < about.now else []),
        ],
        questions=about.questions,
        because=f"You get this because {_named_owner(reader)}. Older links have ended.",
        until=say_date(about.calendar.day_of(until)),
        calendar_due=about.day(due) if due and due >= about.now else None,
    )


def evidence_asked(about: About, reader: Reader, step: AboutStep, until: datetime, counts: list[str]) -> Letter:
    """Asks somebody to do one thing and show it."""
    return Letter(
        subject=about.subject(lower(step.title), step.due_at),
        hello=reader.hello,
        headline=f"{step.title} at {about.location}",
        due=about.due_line(step.due_at),
        due_note=about.distance(step.due_at),
        body=[about.sentence, about.found],
        button=f"Open {about.ref}",
        target="step",
        counts_title="What counts as evidence" if counts else None,
        counts=counts,
        more=[
            [
                "Blocked, short of time, or not yours?",
                "Open the same link and say so. It takes less than a minute and nobody minds.",
            ]
        ],
        questions=about.questions,
        because=f"You get this because this step was given to you{reader.while_covering}.",
        until=say_date(about.calendar.day_of(until)),
        calendar_due=about.day(step.due_at) if step.due_at >= about.now else None,
    )


def returned(about: About, name: str, step: AboutStep, until: datetime, reasons: str, counts: list[str]) -> Letter:
    """Sends evidence back, with the reasons."""
    return Letter(
        subject=about.subject(f"returned – {lower(step.title)}", step.due_at),
        hello=first_name(name),
        headline=f"Sent back to you: {lower(step.title)} at {about.location}",
        due=about.due_line(step.due_at),
        due_note=about.distance(step.due_at),
        body=["The evidence was checked, and something is still missing:", reasons],
        button=f"Open {about.ref}",
        target="step",
        counts_title="What counts as evidence" if counts else None,
        counts=counts,
        questions=about.questions,
        because="You get this because the step is yours. What you sent before stays on the record.",
        until=say_date(about.calendar.day_of(until)),
    )


def account_step(about: About, reader: Reader, step: AboutStep, path: str, said: str | None = None) -> Letter:
    """Asks for a check or decision that needs an account; `said` is why it is asked for, where somebody said that."""
    return Letter(
        subject=about.subject(lower(step.title), step.due_at),
        hello=reader.hello,
        headline=f"{step.title}: {about.title} at {about.location}",
        due=about.due_line(step.due_at),
        due_note=about.distance(step.due_at),
        body=[*([said] if said else []), about.found],
        button=f"Sign in and open {about.ref}",
        target=path,
        questions=about.questions,
        because=f"You get this because this step was given to you{reader.while_covering}. It needs your account.",
    )


def reassigned(about: About, name: str, step: str, reason: str) -> Letter:
    """Tells somebody that a step is no longer theirs."""
    return Letter(
        subject=about.subject(f"no longer yours – {lower(step)}"),
        hello=first_name(name),
        headline=f"No longer yours: {lower(step)} at {about.location}",
        body=["Somebody else has it now, and your link has ended.", reason],
        questions=about.questions,
        because="You get this because the step was yours.",
    )


def link_renewed(about: About, name: str, step: AboutStep, until: datetime) -> Letter:
    """Sends a fresh link to the address already on the step."""
    return Letter(
        subject=about.subject(f"a new link – {lower(step.title)}", step.due_at),
        hello=first_name(name),
        headline=f"Here is your new link: {lower(step.title)} at {about.location}",
        due=about.due_line(step.due_at),
        due_note=about.distance(step.due_at),
        button=f"Open {about.ref}",
        target="step",
        questions=about.questions,
        because="You get this because a new link was asked for. Your older links have ended.",
        until=say_date(about.calendar.day_of(until)),
    )

"""What mails say of a step that is late."""

from domain.saying import first_name, say_date, say_late
from notifications.letter import About, AboutStep, Letter, Reader, Way, lower

_UNANSWERED = "If nothing happens, the registered manager must decide."
_WHAT_HELPS_LINK = f"Send the evidence, say what is in the way, or ask for more time. {_UNANSWERED}"
_WHAT_HELPS_ACCOUNT = f"Sign in and do it. Whoever manages the home can give it to somebody else. {_UNANSWERED}"
_WHAT_HELPS_OTHERS = f"Help whoever has it. Whoever manages the home can give it to somebody else. {_UNANSWERED}"


def told_late(about: About, name: str, step: AboutStep, with_whom: str | None, way: Way) -> Letter:
    """Tells the person and their deputy that a step is late; nobody has to answer yet.

    `with_whom` is None where the step is the reader's own.
    """
    late = say_late(step.due_at, about.now, about.calendar)
    own = _WHAT_HELPS_LINK if way.is_link else _WHAT_HELPS_ACCOUNT
    why = "the step is yours" if with_whom is None else "you are told here when somebody’s step is late"
    return Letter(
        subject=about.subject(f"late – {lower(step.title)}", step.due_at),
        hello=first_name(name),
        headline=f"{step.title} at {about.location} is {late} late",
        due=f"Was due {about.due(step.due_at)}",
        due_note=f"{late} late, with {with_whom or 'you'}",
        body=[about.sentence, about.found],
        button=f"Open {about.ref}",
        target=way.target,
        more=[["What helps", own if with_whom is None else _WHAT_HELPS_OTHERS]],
        questions=about.questions,
        because=f"You get this because {why}.",
        until=say_date(about.calendar.day_of(way.until)) if way.until else None,
    )


def escalation(about: About, reader: Reader, step: AboutStep, with_whom: str, rung: int, path: str) -> Letter:
    """Asks a manager for a decision about a late step."""
    late = say_late(step.due_at, about.now, about.calendar)
    return Letter(
        subject=about.subject(f"escalated to you – {lower(step.title)} is late", step.due_at),
        hello=reader.hello,
        headline=f"Your decision is needed: {lower(step.title)} at {about.location} is {late} late",
        due=f"Was due {about.due(step.due_at)}",
        due_note=f"{late} late, with {with_whom}. Rung {rung} of the ladder.",
        body=[about.sentence, about.found],
        button="Sign in and answer",
        target=path,
        counts_title="What your answer needs",
        counts=[
            "the risk to people now",
            "what controls it until this is done",
            "a revised date, support or a new owner",
        ],
        questions=about.questions,
        because=f"You get this because {reader.you('are', 'is')} the next person on the escalation ladder."
        " Unanswered, it climbs.",
    )

"""What mails say where somebody needs time or help: to whoever decides, and to whoever asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.deadlines import Calendar
from domain.saying import first_name, say_date, say_due
from domain.vocabulary import Form
from notifications.letter import About, AboutStep, Letter, Reader, Way, lower, where_links_are

NEEDS_FOR_TIME = (
    "whether you grant a later date, and why",
    "if you do: the risk to people until then, what controls it, and the new date",
)
NEEDS_FOR_HELP = ("what you did or decided about it; they read it in your words",)


@dataclass(frozen=True, slots=True)
class Request:
    """What waits for a decider. `asks` follows the name of whoever makes it, `words` are theirs."""

    kind: str
    subject: str
    asker_id: UUID
    asks: str
    words: str
    path: str
    needs: tuple[str, ...]


def for_time(key: UUID, step: AboutStep, asker_id: UUID, reason: str, wanted: datetime, calendar: Calendar) -> Request:
    """A request for a later date: to do the step, or to say yes or no to an action."""
    what = "to accept or decline" if step.form == Form.ACCEPTANCE else ""
    asks = f"asks for more time {what}".strip() + f", until {say_due(wanted, calendar)}"
    subject, path = "more time asked", f"/extensions/{key}"
    return Request(subject, subject, asker_id, asks, reason, path, NEEDS_FOR_TIME)


def for_help(key: UUID, asker_id: UUID, barrier: str) -> Request:
    """A request for help with a barrier."""
    says, path = "says what is in the way", f"/barriers/{key}"
    return Request("a barrier", "something is in the way", asker_id, says, barrier, path, NEEDS_FOR_HELP)


def support_asked(about: About, reader: Reader, barrier: str, due: datetime, path: str) -> Letter:
    """Asks the registered manager to help somebody who would own an action, but for a barrier."""
    return Letter(
        subject=about.subject("the owner needs support", due),
        hello=reader.hello,
        headline=f"The owner needs support: {about.title} at {about.location}",
        due=f"Answer by {about.due(due)}",
        due_note=about.distance(due),
        body=["They would take the action on, and say what is in the way:", barrier],
        button="Sign in and help",
        target=path,
        more=[["What happens next", "Say what you did or decided. They are then asked again, with your answer."]],
        questions=about.questions,
        because=f"You get this because you decide on help at this location{reader.while_covering}."
        " Unanswered, it climbs.",
    )


def request_made(about: About, reader: Reader, step: AboutStep, asker: str, request: Request) -> Letter:
    """Asks a manager to decide on more time, or to help with a barrier."""
    what = request.subject
    return Letter(
        subject=about.subject(f"{what} – {lower(step.title)}", step.due_at),
        hello=reader.hello,
        headline=f"{what[:1].upper()}{what[1:]}: {lower(step.title)} at {about.location}",
        due=_due_line(about, step),
        due_note=about.distance(step.due_at),
        body=[about.sentence, f"{asker} {request.asks}:", request.words],
        button="Sign in and answer",
        target=request.path,
        counts_title="What your answer needs",
        counts=list(request.needs),
        questions=about.questions,
        because=f"You get this because {reader.you('decide', 'decides')} on requests at this location."
        " The date stands until you answer.",
    )


def request_answered(
    about: About, name: str, step: AboutStep, headline: str, words: str, way: Way, *, waits: bool = True
) -> Letter:
    """Tells an owner what was decided on a step; where it `waits` no more, it is due no more."""
    return Letter(
        subject=about.subject(f"{lower(headline)} – {lower(step.title)}", step.due_at if waits else None),
        hello=first_name(name),
        headline=f"{headline}: {lower(step.title)} at {about.location}",
        due=_due_line(about, step) if waits else None,
        due_note=about.distance(step.due_at) if waits else None,
        body=[about.sentence, words],
        button=f"Open {about.ref}",
        target=way.target,
        more=where_links_are(way.signs_in) if way.target.startswith("/actions/") else [],
        questions=about.questions,
        because="You get this because the step is yours, or because you asked.",
        until=say_date(about.calendar.day_of(way.until)) if way.until else None,
    )


def _due_line(about: About, step: AboutStep) -> str | None:
    """When the step is due; of one that only asks for a yes or no, when that is."""
    if step.form != Form.ACCEPTANCE:
        return about.due_line(step.due_at)
    return f"{'The answer was due' if step.due_at < about.now else 'The answer is due'} {about.due(step.due_at)}"

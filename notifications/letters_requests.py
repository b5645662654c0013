"""What mails say where somebody needs time or help: to whoever decides, and to whoever asked."""

from datetime import datetime

from domain.saying import first_name, say_date
from notifications.letter import About, Letter, lower, where_links_are, while_covering, you

NEEDS_FOR_TIME = (
    "whether you grant a later date, and why",
    "if you do: the risk to people until then, what controls it, and the new date",
)
NEEDS_FOR_HELP = ("what you did or decided about it; they read it in your words",)


def support_asked(about: About, name: str, barrier: str, due: datetime, path: str, covering: str | None) -> Letter:
    """Asks the registered manager to help somebody who would own an action, but for a barrier."""
    return Letter(
        subject=about.subject("the owner needs support", due),
        hello=first_name(name),
        headline=f"The owner needs support: {about.title} at {about.location}",
        due=f"Answer by {about.due(due)}",
        due_note=about.distance(due),
        body=["They would take the action on, and say what is in the way:", barrier],
        button="Sign in and help",
        target=path,
        more=[["What happens next", "Say what you did or decided. They are then asked again, with your answer."]],
        questions=about.questions,
        because=f"You get this because you decide on help at this location{while_covering(covering)}."
        " Unanswered, it climbs.",
    )


def request_made(
    about: About,
    name: str,
    what: str,
    words: list[str],
    step: str,
    due: datetime,
    path: str,
    needs: list[str],
    covering: str | None = None,
    *,
    accepting: bool = False,
) -> Letter:
    """Asks a manager to decide on more time, or to help with a barrier; `due` is when the step itself is.

    `accepting` says that all somebody has to do by then is to say yes or no.
    """
    return Letter(
        subject=about.subject(f"{what} – {lower(step)}", due),
        hello=first_name(name),
        headline=f"{what[:1].upper()}{what[1:]}: {lower(step)} at {about.location}",
        due=_answer_line(about, due) if accepting else about.due_line(due),
        due_note=about.distance(due),
        body=[about.sentence, *words],
        button="Sign in and answer",
        target=path,
        counts_title="What your answer needs",
        counts=needs,
        questions=about.questions,
        because=f"You get this because {you('decide', 'decides', covering)} on requests at this location."
        " The date stands until you answer.",
    )


def request_answered(
    about: About,
    name: str,
    headline: str,
    words: str,
    step: str,
    due: datetime | None,
    until: datetime | None,
    target: str = "step",
    *,
    accepting: bool = False,
    signs_in: bool = False,
) -> Letter:
    """Tells an owner what was decided on a step; `due` is when it is from now on, None where it waits no more."""
    return Letter(
        subject=about.subject(f"{lower(headline)} – {lower(step)}", due),
        hello=first_name(name),
        headline=f"{headline}: {lower(step)} at {about.location}",
        due=_answer_line(about, due) if accepting and due else about.due_line(due),
        due_note=about.distance(due) if due else None,
        body=[about.sentence, words],
        button=f"Open {about.ref}",
        target=target,
        more=where_links_are(signs_in) if target.startswith("/actions/") else [],
        questions=about.questions,
        because="You get this because the step is yours, or because you asked.",
        until=say_date(about.calendar.day_of(until)) if until else None,
    )


def _answer_line(about: About, due: datetime) -> str:
    return f"{'The answer was due' if due < about.now else 'The answer is due'} {about.due(due)}"

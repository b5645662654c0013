"""What mails say, one function for each kind.

No name of a person using a service goes into a subject; the reference and the date do.
"""

from datetime import datetime

from domain.saying import first_name, say_date, say_late
from notifications.letter import WITHOUT_PASSWORD, lower
from notifications.letter import About as About
from notifications.letter import Letter as Letter


def assignment(about: About, name: str, due: datetime | None, answer_by: datetime, until: datetime) -> Letter:
    """Asks one person to own an action."""
    by = about.calendar.day_of(answer_by)
    return Letter(
        subject=about.subject(about.title, due),
        hello=first_name(name),
        headline=f"Please take on this action at {about.location}: {about.title}",
        due=_due_line(about, due),
        due_note=about.distance(due) if due else None,
        body=[about.found],
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
        because="You get this because you were named as the one owner of this action.",
        until=say_date(about.calendar.day_of(until)),
        calendar_due=about.day(due) if due and due >= about.now else None,
    )


# A tracker that is imported brings actions whose day has passed before anybody was asked by mail.
_TOO_LATE = [
    "The date has passed already",
    "Nobody blames you for that. Take it on if it is yours, and then ask for more time with a day that you can keep.",
]


def _due_line(about: About, due: datetime | None) -> str | None:
    if due is None:
        return None
    return f"{'Was due' if due < about.now else 'Due'} {about.due(due)}"


def _answer_line(about: About, due: datetime) -> str:
    return f"{'The answer was due' if due < about.now else 'The answer is due'} {about.due(due)}"


def support_asked(about: About, name: str, barrier: str, due: datetime, path: str, covering: str | None) -> Letter:
    """Asks the registered manager to help somebody who would own an action, but for a barrier."""
    cover = f" while you cover for {covering}" if covering else ""
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
        because=f"You get this because you decide on help at this location{cover}. Unanswered, it climbs.",
    )


def asked_again(
    about: About, name: str, due: datetime | None, answer_by: datetime, until: datetime, helped: str
) -> Letter:
    """Asks an owner again, once somebody has helped with what was in the way."""
    by = say_date(about.calendar.day_of(answer_by))
    return Letter(
        subject=about.subject(about.title, due),
        hello=first_name(name),
        headline=f"With support, can you take this on? {about.title} at {about.location}",
        due=f"Due {about.due(due)}" if due else None,
        due_note=about.distance(due) if due else None,
        body=["You needed support to take this on. This was done about it:", helped],
        button=f"Open {about.ref}",
        target="step",
        more=[["Yes, no, or still in the way?", f"Open the link and say so by {by}. If we hear nothing, it climbs."]],
        questions=about.questions,
        because="You get this because you were named as the one owner of this action. Your older link has ended.",
        until=say_date(about.calendar.day_of(until)),
        calendar_due=about.day(due) if due else None,
    )


def evidence_asked(
    about: About,
    name: str,
    step: str,
    due: datetime,
    until: datetime,
    counts: list[str],
    covering: str | None,
) -> Letter:
    """Asks somebody to do one thing and show it."""
    cover = f" while you cover for {covering}" if covering else ""
    return Letter(
        subject=about.subject(lower(step), due),
        hello=first_name(name),
        headline=f"{step} at {about.location}",
        due=f"Due {about.due(due)}",
        due_note=about.distance(due),
        body=[f"{about.title}.".replace("..", "."), about.found],
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
        because=f"You get this because this step was given to you{cover}.",
        until=say_date(about.calendar.day_of(until)),
        calendar_due=about.day(due),
    )


def returned(
    about: About, name: str, step: str, due: datetime, until: datetime, reasons: str, counts: list[str]
) -> Letter:
    """Sends evidence back, with the reasons."""
    return Letter(
        subject=about.subject(f"returned – {lower(step)}", due),
        hello=first_name(name),
        headline=f"Sent back to you: {lower(step)} at {about.location}",
        due=f"Due {about.due(due)}",
        due_note=about.distance(due),
        body=["The evidence was checked, and something is still missing:", reasons],
        button=f"Open {about.ref}",
        target="step",
        counts_title="What counts as evidence" if counts else None,
        counts=counts,
        questions=about.questions,
        because="You get this because the step is yours. What you sent before stays on the record.",
        until=say_date(about.calendar.day_of(until)),
    )


def account_step(
    about: About, name: str, step: str, due: datetime, path: str, covering: str | None, said: str | None = None
) -> Letter:
    """Asks for a check or decision that needs an account; `said` is why it is asked for, where somebody said that."""
    cover = f" while you cover for {covering}" if covering else ""
    return Letter(
        subject=about.subject(lower(step), due),
        hello=first_name(name),
        headline=f"{step}: {about.title} at {about.location}",
        due=f"Due {about.due(due)}",
        due_note=about.distance(due),
        body=[*([said] if said else []), about.found],
        button=f"Sign in and open {about.ref}",
        target=path,
        questions=about.questions,
        because=f"You get this because this step was given to you{cover}. It needs your account.",
    )


_WHAT_HELPS_LINK = (
    "Send the evidence, say what is in the way, or ask for more time. If nothing happens, the registered manager"
    " must decide."
)
_WHAT_HELPS_ACCOUNT = (
    "Sign in and do it, or help whoever has it. Whoever manages the home can give it to somebody else. If nothing"
    " happens, the registered manager must decide."
)


def told_late(about: About, name: str, step: str, due: datetime, with_whom: str, path: str | None) -> Letter:
    """Tells the person and their deputy that a step is late; nobody has to answer yet."""
    late = say_late(due, about.now, about.calendar)
    return Letter(
        subject=about.subject(f"late – {lower(step)}", due),
        hello=first_name(name),
        headline=f"{step} at {about.location} is {late} late",
        due=f"Was due {about.due(due)}",
        due_note=f"{late} late, with {with_whom}",
        body=[f"{about.title}.".replace("..", "."), about.found],
        button=f"Open {about.ref}",
        target=path or "step",
        more=[["What helps", _WHAT_HELPS_LINK if path is None else _WHAT_HELPS_ACCOUNT]],
        questions=about.questions,
        because="You get this because the step is yours, or because you are the deputy manager here.",
    )


def escalation(
    about: About, name: str, step: str, due: datetime, with_whom: str, rung: int, path: str, covering: str | None = None
) -> Letter:
    """Asks a manager for a decision about a late step."""
    asked = f"you cover for {covering}, who is" if covering else "you are"
    late = say_late(due, about.now, about.calendar)
    return Letter(
        subject=about.subject(f"escalated to you – {lower(step)} is late", due),
        hello=first_name(name),
        headline=f"Your decision is needed: {lower(step)} at {about.location} is {late} late",
        due=f"Was due {about.due(due)}",
        due_note=f"{late} late, with {with_whom}. Rung {rung} of the ladder.",
        body=[f"{about.title}.".replace("..", "."), about.found],
        button="Sign in and answer",
        target=path,
        counts_title="What your answer needs",
        counts=[
            "the risk to people now",
            "what controls it until this is done",
            "a revised date, support or a new owner",
        ],
        questions=about.questions,
        because=f"You get this because {asked} the next person on the escalation ladder. Unanswered, it climbs.",
    )


def closed(about: About, name: str, rationale: str, path: str) -> Letter:
    """Tells everyone who took part that the action closed, and why."""
    return Letter(
        subject=about.subject("closed – thank you"),
        hello=first_name(name),
        headline=f"Closed: {about.title} at {about.location}",
        body=["Improvement was shown, checked by somebody else, and approved:", rationale],
        button=f"See {about.ref}",
        target=path,
        more=[
            [
                "What happens next",
                "It is checked again later. If the improvement did not hold, it opens again.",
            ],
            WITHOUT_PASSWORD,
        ],
        questions=about.questions,
        because="You get this because you took part in this action.",
    )


NEEDS_FOR_TIME = (
    "whether you grant a later date, and why",
    "if you do: the risk to people until then, what controls it, and the new date",
)
NEEDS_FOR_HELP = ("what you did or decided about it; they read it in your words",)


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
    asked = f"you cover for {covering}, who decides" if covering else "you decide"
    return Letter(
        subject=about.subject(f"{what} – {lower(step)}", due),
        hello=first_name(name),
        headline=f"{what[:1].upper()}{what[1:]}: {lower(step)} at {about.location}",
        due=_answer_line(about, due) if accepting else _due_line(about, due),
        due_note=about.distance(due),
        body=[f"{about.title}.".replace("..", "."), *words],
        button="Sign in and answer",
        target=path,
        counts_title="What your answer needs",
        counts=needs,
        questions=about.questions,
        because=f"You get this because {asked} on requests at this location. The date stands until you answer.",
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
) -> Letter:
    """Tells an owner what was decided on a step; `due` is when it is from now on, None where it waits no more."""
    return Letter(
        subject=about.subject(f"{lower(headline)} – {lower(step)}", due),
        hello=first_name(name),
        headline=f"{headline}: {lower(step)} at {about.location}",
        due=_answer_line(about, due) if accepting and due else _due_line(about, due),
        due_note=about.distance(due) if due else None,
        body=[f"{about.title}.".replace("..", "."), words],
        button=f"Open {about.ref}",
        target=target,
        more=[WITHOUT_PASSWORD] if target.startswith("/actions/") else [],
        questions=about.questions,
        because="You get this because the step is yours, or because you asked.",
        until=say_date(about.calendar.day_of(until)) if until else None,
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


def link_renewed(about: About, name: str, step: str, due: datetime, until: datetime) -> Letter:
    """Sends a fresh link to the address already on the step."""
    return Letter(
        subject=about.subject(f"a new link – {lower(step)}", due),
        hello=first_name(name),
        headline=f"Here is your new link: {lower(step)} at {about.location}",
        due=f"Due {about.due(due)}",
        due_note=about.distance(due),
        button=f"Open {about.ref}",
        target="step",
        questions=about.questions,
        because="You get this because a new link was asked for. Your older links have ended.",
        until=say_date(about.calendar.day_of(until)),
    )

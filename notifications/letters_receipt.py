"""What the receipt says that people get for what they sent by link."""

from datetime import datetime

from domain.saying import first_name, say_date
from notifications.letter import About, Letter, lower


def receipt(
    about: About, name: str, what: str, reference: str, sent: list[str], next_words: str, until: datetime, *, late: bool
) -> Letter:
    """For somebody's own records. It has no link of its own: the one it was answered by shows all of it."""
    shown = say_date(about.calendar.day_of(until))
    return Letter(
        subject=about.subject(f"received {'late ' if late else ''}– {lower(what)}"),
        hello=first_name(name),
        headline=f"We have what you sent{' and kept it as late' if late else ''}: {lower(what)} at {about.location}",
        body=[f"Your reference is {reference}."],
        counts_title="What you sent" if sent else None,
        counts=sent,
        more=[
            ["What it means" if late else "What happens next", next_words],
            ["Read it again", f"The link that you answered by shows all that you sent until {shown}."],
        ],
        questions=about.questions,
        because="You get this because you sent it. It is kept with the action, and nobody can change it.",
    )

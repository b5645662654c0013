"""What mails about the weekly review say. They name actions, and nobody who uses the service."""

from dataclasses import dataclass
from datetime import datetime

from domain.deadlines import Calendar
from domain.saying import first_name, say_count, say_date, say_due, say_late
from notifications.letter import Letter, Reader, first_of


@dataclass(frozen=True, slots=True)
class AboutReview:
    """The weekly review a letter is about, and when it is written."""

    location: str
    due: datetime
    path: str
    now: datetime
    calendar: Calendar

    @property
    def day(self) -> str:
        return say_date(self.calendar.day_of(self.due))

    @property
    def due_words(self) -> str:
        return say_due(self.due, self.calendar)

    @property
    def late(self) -> str:
        return say_late(self.due, self.now, self.calendar)


def review_asked(about: AboutReview, reader: Reader, actions: list[str]) -> Letter:
    """Asks for the weekly review, saying which actions it is about."""
    return Letter(
        subject=f"Weekly review for {about.location}: {say_count(len(actions), 'open action')}, due {about.day}",
        hello=reader.hello,
        headline=f"Please review the open actions at {about.location}",
        due=f"Due {about.due_words}",
        body=["Say of each action how far it got this week, or what is in the way. You can stop and go on later."],
        button="Sign in and review",
        target=about.path,
        counts_title="What it is about",
        counts=first_of(actions),
        because=f"You get this because you do the weekly review at {about.location}{reader.while_covering}.",
    )


def review_late(about: AboutReview, name: str) -> Letter:
    """Tells whoever a weekly review is with that it has not been sent."""
    return Letter(
        subject=f"Late: weekly review for {about.location}, due {about.day}",
        hello=first_name(name),
        headline=f"The weekly review at {about.location} is {about.late} late",
        due=f"Was due {about.due_words}",
        due_note="with you",
        body=["If it is not sent, the registered manager has to answer for it."],
        button="Sign in and review",
        target=about.path,
        because=f"You get this because you do the weekly review at {about.location}.",
    )


def review_escalated(about: AboutReview, reader: Reader, with_whom: str) -> Letter:
    """Asks a manager what is done about a weekly review that nobody sent."""
    return Letter(
        subject=f"Escalated to you: weekly review for {about.location}, due {about.day}",
        hello=reader.hello,
        headline=f"Your answer is needed: the weekly review at {about.location} is {about.late} late",
        due=f"Was due {about.due_words}",
        due_note=f"with {with_whom}",
        body=["Nobody has looked at the open actions together this week."],
        button="Sign in and answer",
        target=about.path,
        counts_title="What your answer needs",
        counts=["what is done about it", "who does the review now, if that is somebody else"],
        because=f"You get this because {reader.you('are', 'is')} the next person to answer for the review."
        " Unanswered, it climbs.",
    )


def review_given(about: AboutReview, reader: Reader) -> Letter:
    """Tells somebody that a weekly review is theirs now."""
    why = f"you cover for {reader.covering}" if reader.covering else "your manager gave it to you"
    return Letter(
        subject=f"Weekly review for {about.location}: given to you, due {about.day}",
        hello=reader.hello,
        headline=f"The weekly review at {about.location} is yours now",
        due=f"Due {about.due_words}",
        body=["What was filled in before is kept. Say of each action how far it got, or what is in the way."],
        button="Sign in and review",
        target=about.path,
        because=f"You get this because {why}.",
    )


def review_taken(about: AboutReview, name: str, reason: str) -> Letter:
    """Tells somebody that a weekly review is no longer theirs."""
    return Letter(
        subject=f"Weekly review for {about.location}: no longer yours",
        hello=first_name(name),
        headline=f"The weekly review at {about.location} is no longer yours",
        due=f"Was due {about.due_words}",
        body=["Somebody else does it this week.", reason],
        because="You get this because the review was yours.",
    )

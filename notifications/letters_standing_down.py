"""What mails say to whoever had been asked for something that is not asked any more."""

from domain.saying import first_name
from notifications.letter import About, Letter, lower, where_links_are


def not_asked(about: About, name: str, step: str, why: str, path: str, *, signs_in: bool) -> Letter:
    """Tells somebody that they need not answer now, and why."""
    return Letter(
        subject=about.subject(f"no answer needed now – {lower(step)}"),
        hello=first_name(name),
        headline=f"You need do nothing now: {lower(step)} at {about.location}",
        body=[about.sentence, why],
        button=f"Sign in and see {about.ref}",
        target=path,
        more=where_links_are(signs_in),
        questions=about.questions,
        because=f"You get this because “{step}” had been asked of you.",
    )

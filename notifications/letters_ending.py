"""What mails say when an action ends: closed, or without being finished."""

from domain.saying import first_name
from notifications.letter import About, Letter, where_links_are


def ended(about: About, name: str, how: str, reason: str, instead: str | None, *, signs_in: bool) -> Letter:
    """Tells everyone who had part in an action that nothing more is asked, why, and what takes its place.

    Who has no password gets no button: the page would only ask them for one.
    """
    place = [f"{instead} takes its place. Whoever is asked for something there hears of it."] if instead else []
    return Letter(
        subject=about.subject(f"{how} – {about.title}"),
        hello=first_name(name),
        headline=f"{how.capitalize()}: {about.title} at {about.location}",
        body=["You need do nothing more for it, and its links have ended.", reason, *place],
        button=f"See {instead or about.ref}" if signs_in else None,
        target=f"/actions/{instead or about.ref}" if signs_in else None,
        questions=about.questions,
        because="You get this because you had part in this action. What you sent stays on the record.",
    )


def closed(about: About, name: str, rationale: str, path: str, *, signs_in: bool) -> Letter:
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
            *where_links_are(signs_in),
        ],
        questions=about.questions,
        because="You get this because you took part in this action.",
    )

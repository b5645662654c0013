"""What a manager reads when a mail was refused for good."""

from domain.saying import first_name
from notifications.letter import Letter


def undelivered(name: str, to_name: str, ref: str | None, step: str | None, path: str) -> Letter:
    """Asks a manager to see to a mail that will not be sent."""
    about = f" about {ref}" if ref else ""
    body = [f"Our mail to {to_name}{about} was refused for good, so they know nothing of it."]
    if step:
        body.append(f"It was about “{step}”.")
    return Letter(
        subject=f"{ref}: a mail could not be delivered" if ref else "A mail could not be delivered",
        hello=first_name(name),
        headline="Somebody was not told",
        body=body,
        button="Sign in and see to it",
        target=path,
        counts_title="What you can do",
        counts=["correct the address and send it again", "give the step to somebody else", "tell them in another way"],
        because="You get this because you see to mail that could not be delivered.",
    )

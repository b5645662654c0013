"""What somebody reads when a mail was refused for good, or another system did not take what it was told."""

from domain.saying import first_name, say_count
from notifications.letter import Letter, Reader


def undelivered(reader: Reader, to_name: str, ref: str | None, step: str | None, path: str) -> Letter:
    """Asks a manager to see to a mail that will not be sent."""
    about = f" about {ref}" if ref else ""
    body = [f"Our mail to {to_name}{about} was refused for good, so they know nothing of it."]
    if step:
        body.append(f"It was about “{step}”.")
    return Letter(
        subject=f"{ref}: a mail could not be delivered" if ref else "A mail could not be delivered",
        hello=reader.hello,
        headline="Somebody was not told",
        body=body,
        button="Sign in and see to it",
        target=path,
        counts_title="What you can do",
        counts=["correct the address and send it again", "give the step to somebody else", "tell them in another way"],
        because=f"You get this because {reader.you('see', 'sees')} to mail that could not be delivered.",
    )


def webhook_failed(
    name: str, host: str, location: str | None, dead: int, why: str, stopped: str | None, *, may_send: bool
) -> Letter:
    """Tells whoever connected another system that it did not take what it was told."""
    of = f" of {location}" if location else ""
    missed = f"{say_count(dead, 'call')} did not arrive"
    if stopped:
        body = [
            f"{host} was told of changes{of}. {missed}. {stopped}",
            "So the webhook is stopped: that system is told nothing more.",
        ]
        then = "add the webhook again, if that system is still to be told"
    else:
        body = [
            f"{host} is told of changes{of}. {missed}, though each was tried for three days unless it was refused for"
            f" good. The last answer: {why}.",
            "It is still told of what changes from now on. What did not arrive is kept.",
        ]
        then = "send the calls again when it works, or stop the webhook"
    return Letter(
        subject=f"{host} did not take {say_count(dead, 'call')}",
        hello=first_name(name),
        headline="Another system was not told",
        body=body,
        button="Sign in and see the webhooks" if may_send else None,
        target="/webhooks" if may_send else None,
        counts_title="What you can do",
        counts=[
            "ask whoever runs the other system what is wrong with it",
            then if may_send else "ask an administrator to look",
        ],
        because="You get this because you look after connections with other systems, once a day at most for each.",
    )

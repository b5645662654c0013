"""What mails say of exceptions for small homes."""

from datetime import date

from domain.saying import first_name, say_date
from notifications.letter import Letter, Reader


def asked(reader: Reader, location: str, reason: str, ends_on: date, path: str) -> Letter:
    """Asks the nominated individual, or their cover, to confirm an exception, or to refuse it."""
    return Letter(
        subject=f"Your decision: {location} is too small to keep duties apart",
        hello=reader.hello,
        headline=f"Please decide: may people at {location} check or approve what they did, until {say_date(ends_on)}?",
        body=[
            "The home says that it is too small for different people to do the work, sample it and approve it:",
            reason,
            "Nothing changes unless you confirm it. An owner never approves their own action, and each use is shown.",
        ],
        button="Sign in and decide",
        target=path,
        because=f"You get this because {reader.you('are', 'is')} the nominated individual. It needs your account.",
    )


def decided(name: str, location: str, ends_on: date, path: str, confirmed: bool, reason: str) -> Letter:
    """Tells who recorded an exception how it was decided."""
    until = f"It holds until {say_date(ends_on)}, and ends by itself."
    refused = "So different people do the work, sample it and approve it, as before."
    return Letter(
        subject=f"{'Confirmed' if confirmed else 'Not confirmed'}: the exception for {location}",
        hello=first_name(name),
        headline=f"The exception for {location} was {'' if confirmed else 'not '}confirmed",
        body=[line for line in (reason, until if confirmed else refused) if line],
        button="See it",
        target=path,
        because="You get this because you asked for it.",
    )


def ended_early(name: str, location: str, ends_on: date, path: str, reason: str) -> Letter:
    """Tells who recorded an exception that it ended before its day."""
    return Letter(
        subject=f"Ended: the exception for {location}",
        hello=first_name(name),
        headline=f"The exception for {location} has ended, before {say_date(ends_on)}",
        body=[reason, "Different people do the work, sample it and approve it from now on."],
        button="See it",
        target=path,
        because="You get this because you asked for it.",
    )

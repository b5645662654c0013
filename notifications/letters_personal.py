"""Mails to people about themselves and not about one action: their account, whom they cover for, their day."""

from datetime import date, datetime

from domain.deadlines import Calendar
from domain.saying import first_name, say_date
from notifications.letter import Letter


def set_password(name: str, until: datetime, calendar: Calendar) -> Letter:
    """Lets somebody with an account choose their password."""
    return Letter(
        subject="Choose your password for Followthrough",
        hello=first_name(name),
        headline="Choose your password",
        body=[
            "You have an account to check, approve and decide on improvement actions. This link works once. If it"
            " has ended, ask for another at the sign-in page: “First time here, or forgot your password?”"
        ],
        button="Choose a password",
        target="password",
        because="You get this because you were added, because you cover for somebody who checks or decides, or because"
        " somebody asked for it at the sign-in page. If you did not expect it, do nothing: a password that you have"
        " stays as it is.",
        until=say_date(calendar.day_of(until)),
    )


def address_changed(name: str, *, is_new: bool) -> Letter:
    """Tells both mailboxes that an address was changed, so that nobody takes over another’s."""
    here = "From now on your mail comes here." if is_new else "No more mail comes here, and links sent here have ended."
    return Letter(
        subject="Your e-mail address in Followthrough was changed",
        hello=first_name(name),
        headline="Your e-mail address was changed",
        body=[here, "If you did not expect this, tell your registered manager or administrator today."],
        because="You get this because your address was changed by somebody who looks after people there.",
    )


COVER_SIGNS_IN = (
    "Checks and decisions need a password. If you have chosen none yet, a link to do so comes in a mail of its own."
)


def covering(name: str, whom: str, starts: date, ends: date, more: str = "") -> Letter:
    """Tells somebody that they cover for a colleague, or that the days changed."""
    return Letter(
        subject=f"You cover from {say_date(starts)} to {say_date(ends)}",
        hello=first_name(name),
        headline=f"You cover for {whom} from {say_date(starts)} to {say_date(ends)}",
        body=[
            "What is asked of them in that time comes to you by e-mail, and the record shows both your names.",
            *([more] if more else []),
        ],
        because="You get this because you were named as cover.",
    )


def covering_ended(name: str, whom: str) -> Letter:
    """Tells somebody that they need not cover any more."""
    return Letter(
        subject="You need not cover any more",
        hello=first_name(name),
        headline=f"You need not cover for {whom} any more",
        body=["Nothing new comes to you for them. What you have been given already stays yours until it is done."],
        because="You get this because you were named as cover.",
    )


BY_LINK = [
    "Where are the links?",
    "Each step came to you in a mail of its own: look for its reference, which begins with FT. The link in it works"
    " without a password. If it has ended, its page sends you a new one.",
]


def digest(organisation: str, name: str, late: list[str], waiting: list[str], path: str | None) -> Letter | None:
    """One mail a day with all that waits for one person; none when there is nothing to say.

    `path` is the page of their work, None for whoever answers by link alone.
    """
    count = len(late) + len(waiting)
    if count == 0:
        return None
    what = f"{count} step waits" if count == 1 else f"{count} steps wait"
    return Letter(
        subject=f"{what} for you" + (f", {len(late)} late" if late else ""),
        hello=first_name(name),
        headline=f"{what} for you at {organisation}",
        button="See your work" if path else None,
        target=path,
        counts_title="Late" if late else None,
        counts=late,
        also_title="Waiting" if waiting else None,
        also=waiting,
        more=[] if path else [BY_LINK],
        because="You get this once a day, only on days when something is soon due or late.",
    )

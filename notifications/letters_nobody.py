"""What a manager reads when nobody may be asked for a step, or nobody is left for it."""

from domain.saying import first_name, say_count, say_list
from notifications.letter import About, Letter


def nobody_to_ask(
    about: About, name: str, asks: list[tuple[str, str]], path: str, *, for_accounts: bool = False
) -> Letter:
    """Tells a manager which steps wait for nobody, who is missing for them, and what to do.

    `for_accounts` says that holders of a role may lack the account that a step is answered with.
    """
    roles = say_list(dict.fromkeys(role for _, role in asks))
    lines = [f"“{title}” is for the {role}." for title, role in asks]
    did = "did part of the work, or has no account to sign in with" if for_accounts else "did part of the work"
    return Letter(
        subject=about.subject(f"nobody can be asked – {roles} missing"),
        hello=first_name(name),
        headline=f"Nobody can be asked at {about.location}: {roles} missing",
        body=[
            about.sentence,
            *lines,
            f"Either nobody holds that role here, or whoever holds it {did}. It waits until you act.",
        ],
        button=f"Sign in and open {about.ref}",
        target=path,
        counts_title="What you can do",
        counts=[
            f"give somebody the role ({roles}) on the page “People”: they are asked at once",
            *([_LET_THEM_IN] if for_accounts else []),
            "give the step to a person who had no part in the action",
            "in a home too small for that, record an exception under “Small homes”; it frees those who did part of the"
            " work, and needs the nominated individual",
        ],
        questions=about.questions,
        because="You get this because you decide who does what at this location.",
    )


_LET_THEM_IN = (
    "mail whoever holds it a link to choose a password, on their page under “People”: they are asked once they have"
)
MOST_LINES = 10


def lies_idle(name: str, location: str, why: str, steps: list[tuple[str, str, str]]) -> Letter:
    """Tells a manager which steps lost their person and found no other: (reference, title, role) each."""
    count, roles = say_count(len(steps), "step"), say_list(dict.fromkeys(role for *_, role in steps))
    lines = [f"{ref}: {title}, for the {role}" for ref, title, role in steps[:MOST_LINES]]
    if len(steps) > MOST_LINES:
        lines.append(f"and {len(steps) - MOST_LINES} more")
    return Letter(
        subject=f"{count} at {location} with nobody – {roles} missing",
        hello=first_name(name),
        headline=f"{count} at {location} {'waits' if len(steps) == 1 else 'wait'} for nobody",
        body=[f"{why}, and nobody else may be asked. Their dates stand, and what is late escalates as before."],
        button="Sign in and see them",
        target="/tracker?waiting=nobody",
        counts_title="What waits",
        counts=lines,
        more=[["What helps", f"Give somebody the role ({roles}) on the page “People”: they are asked at once."]],
        because="You get this because you decide who does what at this location.",
    )

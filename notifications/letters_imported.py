"""What somebody reads when a tracker was imported and rows of it wait for them: one mail, however many rows."""

from domain.saying import first_name, say_count
from notifications.letter import Letter, first_of, lower


def waits_from_tracker(name: str, filename: str, waiting: list[tuple[str, str, str]], due: str, path: str) -> Letter:
    """Asks for all that an import left for one person: of each its reference, the step and the title, soonest first."""
    named = [f"{ref}: {lower(step)} – {title}" for ref, step, title in waiting]
    count = say_count(len(waiting), "action")
    verb = "waits" if len(waiting) == 1 else "wait"
    return Letter(
        subject=f"{count} from an imported tracker {verb} for you",
        hello=first_name(name),
        headline=f"{count} from {filename} {verb} for you",
        due=f"The first is due {due}",
        body=["Nobody is asked to do these actions before you have looked at them: each page says what it lacks."],
        button="Sign in and begin",
        target=path,
        counts_title="What waits",
        counts=first_of(named),
        because="You get this because they were given to you when the tracker was imported.",
    )

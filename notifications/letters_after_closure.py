"""What mails say after closure: that an action opened again, and that its theme was found again."""

from datetime import datetime

from domain.saying import first_name
from domain.vocabulary import Reopened
from notifications.letter import About, Letter, Reader, lower, where_links_are

WHY = {
    Reopened.RE_AUDIT_FAILED: "A check after closure found that practice had not stayed changed:",
    Reopened.RE_AUDIT_MISSED: "The check after closure was due and was not done:",
    Reopened.REPEAT_FINDING: "The same theme was found again at the same location:",
}


def reopened(about: About, name: str, why: Reopened, words: str, due: datetime, path: str, *, signs_in: bool) -> Letter:
    """Tells everyone who took part that the action is open again, and why."""
    return Letter(
        subject=about.subject("open again – the improvement did not hold", due),
        hello=first_name(name),
        headline=f"Open again: {about.title} at {about.location}",
        due=f"Due {about.due(due)}",
        due_note=about.distance(due),
        body=[WHY[why], words],
        button=f"See {about.ref}",
        target=path,
        more=[
            ["What happens next", "The owner is asked why it did not hold. Then it is evidenced and checked anew."],
            *where_links_are(signs_in),
        ],
        questions=about.questions,
        because="You get this because you took part in this action before it closed.",
    )


def found_again(about: About, reader: Reader, closed_ref: str, theme: str, path: str) -> Letter:
    """Asks a manager whether a new finding means that a closed action did not hold."""
    return Letter(
        subject=about.subject(f"found again – did {closed_ref} hold?"),
        hello=reader.hello,
        headline=f"Your decision is needed: {lower(theme)} was found again at {about.location}",
        body=[
            f"{closed_ref}, with the same theme, closed here within the last twelve months. This was found since:",
            about.why,
        ],
        button="Sign in and decide",
        target=path,
        more=[
            [
                "What you decide",
                f"Either {closed_ref} did not hold and opens again, or this is another matter. Both go on the record.",
            ]
        ],
        questions=about.questions,
        because=f"You get this because {reader.you('decide', 'decides')} on improvement at this location.",
    )

"""Whether a row counts as closed, and what its status and colour claim about that."""

import re
from collections.abc import Mapping
from enum import StrEnum

from trackers.dates import NOT_SAID, DateProblem, DateRead
from trackers.text import bare, is_placeholder

YES = re.compile(r"(?:y|yes|yep|done|completed?|closed|finished|true)(?![a-z])|[✓✔☑✅]", re.IGNORECASE)
NOT_YET = re.compile(
    r"\b(?:not|no|never|nearly|almost|partial(?:ly)?|part|half|incomplete|un\w+ed|yet|to be|awaiting)\b", re.IGNORECASE
)
FINISHED = re.compile(
    r"\b(?:completed?|closed|done|finished|achieved|resolved|signed off|implemented)\b", re.IGNORECASE
)
UNDERWAY = re.compile(
    r"\b(?:open|in progress|started|on ?track|on ?going|slipping|late|overdue|outstanding|stuck|pending|not|behind"
    r"|delayed|under ?way|working|at risk|to do|part\w*|new|begun|some|red|amber|yellow|orange)\b",
    re.IGNORECASE,
)


class Claim(StrEnum):
    """What a status word or a colour says of a row."""

    FINISHED = "finished"
    UNFINISHED = "unfinished"


def is_closed(closed_text: str, closed: DateRead, done_text: str, status: str, *, has_closing_column: bool) -> bool:
    """A closing date, or a Done cell that says yes. Only where a file has neither column does its status decide."""
    if not has_closing_column:
        return claim_of_status(status) is Claim.FINISHED
    return _dated(closed_text, closed) or says_done(done_text)


def _dated(text: str, read: DateRead) -> bool:
    if read.day is not None:
        return True
    if is_placeholder(text) or NOT_YET.search(text) or bare(text).casefold() in NOT_SAID:
        return False
    return says_done(text) or read.problem in (DateProblem.AMBIGUOUS, DateProblem.IMPOSSIBLE, DateProblem.SEVERAL)


def says_done(text: str) -> bool:
    """Whether a Done cell starts with yes, or a tick."""
    plain = bare(text)
    return bool(YES.match(plain)) and not NOT_YET.search(plain)


def claim_of_status(text: str) -> Claim | None:
    """What a status word says; nothing where it says neither."""
    plain = bare(text)
    if FINISHED.search(plain) and not NOT_YET.search(plain):
        return Claim.FINISHED
    return Claim.UNFINISHED if UNDERWAY.search(plain) else None


def claim_of_colour(word: str, legend: Mapping[str, str], *, blue_means_done: bool) -> Claim | None:
    """What a colour says, by the file's key where it has one.

    Without a key Blue is finished and the others are not; where Blue never occurs, Green may mean either.
    """
    colour = bare(word).casefold()
    colour = {"r": "red", "a": "amber", "g": "green", "b": "blue"}.get(colour, colour)
    if colour in legend:
        return claim_of_status(legend[colour])
    if colour == "blue":
        return Claim.FINISHED
    if colour == "green":
        return Claim.UNFINISHED if blue_means_done else None
    return claim_of_status(colour)


def contradicts(claim: Claim | None, closed: bool) -> bool:
    """Whether a claim can't be true together with the closing."""
    return claim is not None and (claim is Claim.FINISHED) != closed

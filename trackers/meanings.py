"""What a heading may mean, in the words that trackers use for it."""

import difflib
from enum import StrEnum
from functools import lru_cache

from trackers.text import plain_key

SURE, LIKELY, POSSIBLE, TYPO = 1.0, 0.8, 0.6, 0.5
LONGEST_HEADING = 80


class Meaning(StrEnum):
    """What a column holds. The second part is for lists of people."""

    REFERENCE = "reference"
    LOCATION = "location"
    SOURCE = "source"
    FINDING = "finding"
    THEME = "theme"
    ACTION = "action"
    OWNER = "owner"
    EMAIL = "email"
    RAISED = "raised"
    TARGET = "target"
    REVISED = "revised"
    CLOSED = "closed"
    DONE = "done"
    STATUS = "status"
    RAG = "rag"
    EVIDENCE = "evidence"
    SIGNOFF = "signoff"
    RISK = "risk"
    KEY_QUESTION = "key_question"
    MEASURE = "measure"
    NOTES = "notes"
    NAME = "name"
    FIRST_NAME = "first_name"
    SURNAME = "surname"
    JOB_TITLE = "job_title"
    STARTS = "starts"
    LEAVES = "leaves"


OF_PEOPLE = frozenset(list(Meaning)[list(Meaning).index(Meaning.NAME) :])

# Whole headings, most usual first; separated by commas.
_ACTIONS: dict[Meaning, str] = {
    Meaning.REFERENCE: (
        "ref, reference, no, number, id, ref no, action no, action ref, action number, action id, item, item "
        "no, reference number, unique id, log no"
    ),
    Meaning.LOCATION: (
        "location, home, service, site, unit, branch, care home, house, premises, service name, setting, home "
        "or service, where"
    ),
    Meaning.SOURCE: (
        "source, origin, source of action, source of finding, where from, how identified, identified through, "
        "raised through, audit, audit name, came from, identified by"
    ),
    Meaning.FINDING: (
        "finding, finding issue, findings, issue, problem, concern, what we found, what was found, gap, issue "
        "identified, area for improvement, shortfall, area of concern, finding or concern, issue raised, "
        "identified need, non compliance, observation, reason for action, what is wrong"
    ),
    Meaning.THEME: "theme, area, topic, category, subject, area or theme, section",
    Meaning.ACTION: (
        "action required, action, actions, action needed, action to be taken, what we are going to do, what "
        "we will do, whats needed, what is needed, agreed action, improvement action, actions required, task, "
        "what needs to happen, what needs to be done, improvement, action plan, actions to be taken, "
        "recommendation, to do"
    ),
    Meaning.OWNER: (
        "person responsible, owner, responsible, who, lead, action owner, by whom, responsible person, "
        "assigned to, lead person, action by, accountable, named lead, who is responsible, responsibility, "
        "allocated to, person responsible for action, whos responsible"
    ),
    Meaning.EMAIL: "email, e mail, email address, owner email, e mail address, mail",
    Meaning.RAISED: (
        "date raised, raised, start, start date, date identified, date added, date opened, opened, date "
        "found, date logged, date of audit, raised on, audit date, date started"
    ),
    Meaning.TARGET: (
        "target date, due date, by when, due, deadline, target, finish by, complete by, when, timescale, "
        "timeframe, to be completed by, date due, target completion date, completion target, due by, expected "
        "completion, action by date, target for completion, planned completion date"
    ),
    Meaning.REVISED: (
        "revised date, revised target date, revised, new date, revised due date, extended to, extension date, "
        "new target date, revised deadline, new due date"
    ),
    Meaning.CLOSED: (
        "date closed, closed date, closed on, date completed, completed date, completed on, actual completion "
        "date, date done, date finished, completion date, closure date, date of completion, closed"
    ),
    Meaning.DONE: (
        "done, finished, finished y n, done y n, complete y n, completed y n, complete, completed, closed y n, achieved"
    ),
    Meaning.STATUS: "status, state, current status, action status, progress status",
    Meaning.RAG: "rag, rag status, rag rating, colour, traffic light, brag, brag status",
    Meaning.EVIDENCE: (
        "evidence, proof seen, proof, evidence of completion, evidence seen, evidence of improvement, outcome evidence"
    ),
    Meaning.SIGNOFF: (
        "signed off by, sign off, signed off, verified by, checked by, approved by, sign off by, closed by, "
        "validated by"
    ),
    Meaning.RISK: "risk, risk rating, priority, severity, risk level, impact",
    Meaning.KEY_QUESTION: "key question, cqc key question, kloe, cqc domain, domain, kq, cqc, quality statement",
    Meaning.MEASURE: (
        "measure, success measure, outcome measure, how will we know, success criteria, kpi, measure of "
        "success, expected outcome, desired outcome, outcome"
    ),
    Meaning.NOTES: (
        "progress notes, notes, progress, update, updates, comments, progress update, latest update, comment, remarks"
    ),
}
_PEOPLE: dict[Meaning, str] = {
    Meaning.NAME: "name, full name, person, staff name, employee, employee name, staff member, staff",
    Meaning.FIRST_NAME: "first name, forename, given name",
    Meaning.SURNAME: "surname, last name, family name",
    Meaning.EMAIL: "email, e mail, email address, work email, e mail address, mail",
    Meaning.JOB_TITLE: "job title, role, title, position, post, job, job role, roles",
    Meaning.LOCATION: "location, home, site, service, base, branch, workplace, locations, house, unit",
    Meaning.STARTS: "start date, started, start, from, date started, in post since",
    Meaning.LEAVES: "leaving date, left, end date, leave date, leaver, to, date left, last day",
}
# Words that lend a heading its meaning when the whole is not known: "Agreed target date for this".
_TELLING: dict[Meaning, str] = {
    Meaning.ACTION: "action, what we will do, going to do",
    Meaning.FINDING: "finding, found, issue, concern, problem",
    Meaning.OWNER: "responsible, owner, by whom",
    Meaning.TARGET: "target, due, deadline, by when",
    Meaning.REVISED: "revised, extended",
    Meaning.CLOSED: "date closed, date completed",
    Meaning.EVIDENCE: "evidence, proof",
    Meaning.SIGNOFF: "signed off, sign off",
    Meaning.RAG: "rag",
    Meaning.EMAIL: "email",
    Meaning.RAISED: "raised, identified on",
    Meaning.NOTES: "progress, update, comments",
    Meaning.REFERENCE: "ref, reference",
    Meaning.KEY_QUESTION: "key question, kloe",
    Meaning.STATUS: "status",
    Meaning.MEASURE: "measure, success",
}
_POSSIBLE: dict[str, Meaning] = {"date": Meaning.RAISED, "name": Meaning.OWNER, "staff": Meaning.OWNER}


def _listed(words: dict[Meaning, str]) -> dict[str, Meaning]:
    return {part.strip(): meaning for meaning, text in words.items() for part in text.split(",")}


_WHOLE, _PERSON, _PARTS = _listed(_ACTIONS), _listed(_PEOPLE), _listed(_TELLING)


@lru_cache(maxsize=4096)
def meanings_of(heading: str, *, people: bool = False) -> tuple[tuple[float, Meaning], ...]:
    """What a heading may mean and how surely, surest first; nothing for texts that are no headings."""
    plain = plain_key(heading)
    if not plain or len(plain) > LONGEST_HEADING:
        return ()
    whole = _PERSON if people else _WHOLE
    if plain in whole:
        return ((SURE, whole[plain]),)
    if people:
        return ()
    found = {meaning: LIKELY for words, meaning in _PARTS.items() if f" {words} " in f" {plain} " and len(plain) < 50}
    if plain in _POSSIBLE:
        found[_POSSIBLE[plain]] = POSSIBLE
    return tuple(sorted(((score, meaning) for meaning, score in found.items()), key=lambda pair: -pair[0]))


@lru_cache(maxsize=1024)
def mistyped(heading: str) -> tuple[tuple[float, Meaning], ...]:
    """What a heading with a slip of the pen may mean: "Taget date"."""
    plain = plain_key(heading)
    near = difflib.get_close_matches(plain, _WHOLE, n=1, cutoff=0.85) if 4 < len(plain) <= LONGEST_HEADING else []
    return ((TYPO, _WHOLE[near[0]]),) if near else ()

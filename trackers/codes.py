"""Everything that can be noticed about a row, in the words of a care manager: why, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What was noticed."""

    ACTION_MISSING = "ACTION_MISSING"
    ROW_SHAPE = "ROW_SHAPE"
    REF_DUPLICATE = "REF_DUPLICATE"
    OWNER_MISSING = "OWNER_MISSING"
    OWNER_NOT_IN_PEOPLE = "OWNER_NOT_IN_PEOPLE"
    OWNER_SEVERAL = "OWNER_SEVERAL"
    OWNER_GROUP = "OWNER_GROUP"
    OWNER_ROLE_UNKNOWN = "OWNER_ROLE_UNKNOWN"
    EMAIL_MALFORMED = "EMAIL_MALFORMED"
    EMAIL_MISMATCH = "EMAIL_MISMATCH"
    DUE_MISSING = "DUE_MISSING"
    DUE_RELATIVE = "DUE_RELATIVE"
    DUE_OPEN_ENDED = "DUE_OPEN_ENDED"
    DUE_INCOMPLETE = "DUE_INCOMPLETE"
    DUE_AMBIGUOUS = "DUE_AMBIGUOUS"
    DUE_IMPOSSIBLE = "DUE_IMPOSSIBLE"
    DUE_SEVERAL = "DUE_SEVERAL"
    DUE_BEFORE_RAISED = "DUE_BEFORE_RAISED"
    CLOSED_BEFORE_RAISED = "CLOSED_BEFORE_RAISED"
    CLOSED_NO_EVIDENCE = "CLOSED_NO_EVIDENCE"
    CLOSED_NO_SIGNOFF = "CLOSED_NO_SIGNOFF"
    SIGNOFF_BY_OWNER = "SIGNOFF_BY_OWNER"
    STATUS_CONFLICT = "STATUS_CONFLICT"
    STATUS_CONFLICT_COLOUR = "STATUS_CONFLICT_COLOUR"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    CONTROL_CHARACTERS = "CONTROL_CHARACTERS"
    BIDI_OVERRIDE = "BIDI_OVERRIDE"
    REF_MISSING = "REF_MISSING"
    REF_DUPLICATE_FIRST = "REF_DUPLICATE_FIRST"
    REF_LOOKALIKE = "REF_LOOKALIKE"
    REF_PATH_LIKE = "REF_PATH_LIKE"
    REF_LONG = "REF_LONG"
    OWNER_ROLE = "OWNER_ROLE"
    OWNER_UNVERIFIED = "OWNER_UNVERIFIED"
    EMAIL_MISSING = "EMAIL_MISSING"
    DUE_CONVERTED = "DUE_CONVERTED"
    DUE_HISTORIC = "DUE_HISTORIC"
    KQ_MISSING = "KQ_MISSING"
    RAG_STALE = "RAG_STALE"
    RAG_MISSING = "RAG_MISSING"
    ACTION_VAGUE = "ACTION_VAGUE"
    SEVERAL_ACTIONS_IN_CELL = "SEVERAL_ACTIONS_IN_CELL"
    FINDING_SHARED = "FINDING_SHARED"
    CLOSED_NO_EXPERIENCE_CHECK = "CLOSED_NO_EXPERIENCE_CHECK"
    NO_ESCALATION_TRAIL = "NO_ESCALATION_TRAIL"
    FORMULA_LIKE_TEXT = "FORMULA_LIKE_TEXT"
    FORMULA_VALUE = "FORMULA_VALUE"
    EXTERNAL_LINK = "EXTERNAL_LINK"
    MARKUP_IN_TEXT = "MARKUP_IN_TEXT"
    ERROR_VALUE = "ERROR_VALUE"

    @property
    def is_must(self) -> bool:
        """Whether it has to be brought to a person's notice; the others may be mentioned."""
        return self in MUST


MUST = frozenset(list(Code)[: list(Code).index(Code.REF_MISSING)])

# Why, and what to do. {said} is what the cell says.
WORDS: dict[Code, tuple[str, str]] = {
    Code.ACTION_MISSING: (
        "There is no action text, so there is nothing to do.",
        "Write the action, or leave the row out.",
    ),
    Code.ROW_SHAPE: (
        "The row has more or fewer cells than the headings.",
        "Look whether something slipped into the wrong column.",
    ),
    Code.REF_DUPLICATE: (
        "An earlier row has the reference {said} already.",
        "Check whether it is the same action twice.",
    ),
    Code.OWNER_MISSING: ("Nobody is named as owner.", "Choose one owner."),
    Code.OWNER_NOT_IN_PEOPLE: ("{said} is not on the people list.", "They may have left: choose who takes it over."),
    Code.OWNER_SEVERAL: ("More than one owner is named: {said}.", "Choose the one who answers for it."),
    Code.OWNER_GROUP: ("A group is named as owner: {said}.", "Choose one person who answers for it."),
    Code.OWNER_ROLE_UNKNOWN: ("The file does not explain who {said} is.", "Say who it stands for."),
    Code.EMAIL_MALFORMED: ("The e-mail address is not one plain address.", "Correct it, or choose the person."),
    Code.EMAIL_MISMATCH: (
        "The e-mail address {said} is not the one on the people list for this person.",
        "Check which of the two is right.",
    ),
    Code.DUE_MISSING: ("There is no due date.", "Give the day by which it is to be done."),
    Code.DUE_RELATIVE: ("{said} does not name a day.", "Give the day by which it is to be done."),
    Code.DUE_OPEN_ENDED: ("{said} has no end.", "Give the day by which it is to be done, or to be looked at again."),
    Code.DUE_INCOMPLETE: ("{said} lacks the day or the year.", "Give the due date in full."),
    Code.DUE_AMBIGUOUS: (
        "{said} could mean two days: this column has dates with the day first and with the month first.",
        "Say which day is meant.",
    ),
    Code.DUE_IMPOSSIBLE: ("{said} is not a day that a due date could be.", "Give the right date."),
    Code.DUE_SEVERAL: ("There is more than one due date: {said}.", "Choose the one that holds."),
    Code.DUE_BEFORE_RAISED: ("It is due before it was raised.", "Check both dates."),
    Code.CLOSED_BEFORE_RAISED: ("It was closed before it was raised.", "Check both dates."),
    Code.CLOSED_NO_EVIDENCE: (
        "It is closed without evidence.",
        "Decide whether it was really done, and add what shows it.",
    ),
    Code.CLOSED_NO_SIGNOFF: ("It is closed, and nobody signed it off.", "Have somebody other than the owner check it."),
    Code.SIGNOFF_BY_OWNER: ("It was signed off by its own owner.", "Have somebody else check it."),
    Code.STATUS_CONFLICT: (
        "{said} and the closing date contradict each other.",
        "Say whether the action is closed or still open.",
    ),
    Code.STATUS_CONFLICT_COLOUR: (
        "The colour ({said}) and the Done column contradict each other.",
        "Say whether the action is done or still open.",
    ),
    Code.TEXT_TOO_LONG: (
        "A text is longer than a spreadsheet cell may hold.",
        "Look whether it is all meant to be there.",
    ),
    Code.CONTROL_CHARACTERS: (
        "There are control characters in the text.",
        "Look at the text; they are shown as small pictures such as ␀.",
    ),
    Code.BIDI_OVERRIDE: (
        "There are hidden characters that turn the direction of the text, so that it may read as something else.",
        "Look at the text as it really is, and write it anew if it matters.",
    ),
    Code.REF_MISSING: ("The row has no reference.", "It gets one here."),
    Code.REF_DUPLICATE_FIRST: (
        "A later row has the same reference {said}.",
        "Check whether it is the same action twice.",
    ),
    Code.REF_LOOKALIKE: ("The reference {said} looks the same as another one.", "Check whether they are two actions."),
    Code.REF_PATH_LIKE: ("The reference looks like a file's place on a computer.", "It is kept as text."),
    Code.REF_LONG: ("The reference is very long.", "It is kept as text."),
    Code.OWNER_ROLE: ("The owner is given as a role: {said}.", "Say once who holds it."),
    Code.OWNER_UNVERIFIED: ("The file has no people list to find {said} on.", "Say once who this is."),
    Code.EMAIL_MISSING: ("There is no e-mail address.", "The one on the people list is used."),
    Code.DUE_CONVERTED: ("The due date was written as {said}.", "It reads only one way; nothing to do."),
    Code.DUE_HISTORIC: ("The due date can't be read: {said}.", "The action is closed, so it matters little."),
    Code.KQ_MISSING: ("There is no key question.", "Choose one when there is time."),
    Code.RAG_STALE: ("It is overdue, yet marked {said}.", "Nothing to do: here the date decides."),
    Code.RAG_MISSING: ("It has no colour, though others have.", "Nothing to do."),
    Code.ACTION_VAGUE: ("The wording is too loose to check.", "Say what will be different, and how you will know."),
    Code.SEVERAL_ACTIONS_IN_CELL: ("The cell lists several actions.", "Consider one action for each."),
    Code.FINDING_SHARED: ("The finding stands for several rows.", "Each of them has it."),
    Code.CLOSED_NO_EXPERIENCE_CHECK: (
        "It answers feedback, and was closed without asking people again.",
        "Ask those who raised it whether they notice a change.",
    ),
    Code.NO_ESCALATION_TRAIL: (
        "It is overdue safeguarding learning, and no escalation is noted.",
        "Escalate it here.",
    ),
    Code.FORMULA_LIKE_TEXT: ("A text starts like a formula.", "It is kept as text and never run."),
    Code.FORMULA_VALUE: ("A value is the result of a formula.", "The result kept in the file is used."),
    Code.EXTERNAL_LINK: ("A value or link points outside the file.", "It was not followed."),
    Code.MARKUP_IN_TEXT: ("A text has program code in it.", "It is kept as text and never run."),
    Code.ERROR_VALUE: ("A cell shows an error: {said}.", "Look what should stand there."),
}
LONGEST_SAID = 60


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing noticed: why, and what to do about it."""

    code: Code
    reason: str
    advice: str

    @property
    def is_must(self) -> bool:
        """Whether it has to be brought to a person's notice."""
        return self.code.is_must


def remark(code: Code, said: str = "") -> Remark:
    """The remark for a code, with what the cell says in its words."""
    reason, advice = WORDS[code]
    if "{said}" not in reason:
        return _PLAIN[code]
    plain = " ".join(said.split())
    quoted = plain if len(plain) <= LONGEST_SAID else plain[: LONGEST_SAID - 1] + "…"
    return Remark(code, reason.replace("{said}", f"“{quoted}”"), advice)


_PLAIN = {code: Remark(code, *words) for code, words in WORDS.items()}

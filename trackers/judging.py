"""What a row needs a person to look at. Pure: a row goes in, remarks come out."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from domain.wording import is_too_loose
from trackers.closing import claim_of_colour, claim_of_status, contradicts
from trackers.codes import Code, Remark, remark
from trackers.dates import DateProblem
from trackers.facts import FileFacts, Row, State
from trackers.meanings import Meaning
from trackers.owners import OwnerKind
from trackers.references import LONG, is_path_like
from trackers.text import (
    BIDI_OVERRIDES,
    CONTROLS,
    LONGEST_CELL,
    MARKUP,
    UNUSUAL,
    bare,
    has_formula_shape,
    is_blank,
    is_placeholder,
    plain_key,
)

EMAIL = re.compile(r"[^@\s,;<>\"'()\\]+@[^@\s,;<>\"'()\\.]+(?:\.[^@\s,;<>\"'()\\.]+)+")
LISTED = re.compile(r"^\s*(?:\d+[).]|[-•*–])\s+\S", re.MULTILINE)
FEEDBACK = re.compile(r"feedback|relative|famil|survey|complaint|compliment|resident", re.IGNORECASE)
SCRIPT_LINK = re.compile(r"\s*(?:javascript|vbscript|data|file):|\\\\", re.IGNORECASE)
OTHER_WORKBOOK = re.compile(r"\[\d+\]|\[[^\]]+\.xl\w+\]", re.IGNORECASE)
NEEDS_REASON = {
    DateProblem.MISSING: Code.DUE_MISSING,
    DateProblem.RELATIVE: Code.DUE_RELATIVE,
    DateProblem.OPEN_ENDED: Code.DUE_OPEN_ENDED,
    DateProblem.INCOMPLETE: Code.DUE_INCOMPLETE,
    DateProblem.AMBIGUOUS: Code.DUE_AMBIGUOUS,
    DateProblem.IMPOSSIBLE: Code.DUE_IMPOSSIBLE,
    DateProblem.SEVERAL: Code.DUE_SEVERAL,
}


_is_loose = lru_cache(maxsize=2048)(is_too_loose)


def judge(row: Row, file: FileFacts) -> tuple[Remark, ...]:
    """Everything to notice about a row, musts first."""
    found = [said for one in _JUDGES for said in one(row, file)]
    return tuple(sorted(found, key=lambda said: not said.is_must))


def _action(row: Row, file: FileFacts) -> Iterator[Remark]:
    action = row.text(Meaning.ACTION)
    if is_placeholder(action):
        yield remark(Code.ACTION_MISSING)
        return
    if len(LISTED.findall(action)) > 1:
        yield remark(Code.SEVERAL_ACTIONS_IN_CELL)
    loose = _is_loose(action)
    if loose:
        yield remark(Code.ACTION_VAGUE)
    about = f"{row.text(Meaning.SOURCE)} {row.text(Meaning.THEME)}"
    if loose and row.is_closed and row.lacks(Meaning.EVIDENCE) and FEEDBACK.search(about):
        yield remark(Code.CLOSED_NO_EXPERIENCE_CHECK)


def _shape(row: Row, file: FileFacts) -> Iterator[Remark]:
    if not row.right_shape:
        yield remark(Code.ROW_SHAPE)
    if row.finding_shared:
        yield remark(Code.FINDING_SHARED)
    if Meaning.KEY_QUESTION in row.texts and row.lacks(Meaning.KEY_QUESTION):
        yield remark(Code.KQ_MISSING)


def _reference(row: Row, file: FileFacts) -> Iterator[Remark]:
    ref = row.text(Meaning.REFERENCE)
    if is_blank(ref):
        if Meaning.REFERENCE in row.texts:
            yield remark(Code.REF_MISSING)
        return
    noticed = (
        (Code.REF_DUPLICATE, row.ref_again),
        (Code.REF_DUPLICATE_FIRST, row.ref_first),
        (Code.REF_LOOKALIKE, row.ref_alike),
        (Code.REF_PATH_LIKE, is_path_like(ref)),
        (Code.REF_LONG, len(ref) >= LONG),
    )
    yield from (remark(code, ref) for code, there in noticed if there)


_OWNER_CODES = {
    OwnerKind.NOBODY: Code.OWNER_MISSING,
    OwnerKind.SEVERAL: Code.OWNER_SEVERAL,
    OwnerKind.GROUP: Code.OWNER_GROUP,
    OwnerKind.ROLE: Code.OWNER_ROLE,
    OwnerKind.UNKNOWN_ROLE: Code.OWNER_ROLE_UNKNOWN,
}


def _owner(row: Row, file: FileFacts) -> Iterator[Remark]:
    owner = row.owner
    listed = file.people.find(owner.text) if file.people.people else None
    if listed or Meaning.OWNER not in row.texts:
        return
    if owner.kind is not OwnerKind.PERSON:
        yield remark(_OWNER_CODES[owner.kind], owner.text)
    elif file.people.people:
        if not file.people.find(owner.names[0]):
            yield remark(Code.OWNER_NOT_IN_PEOPLE, owner.names[0])
    elif Meaning.EMAIL not in row.texts and _is_short_name(owner.names[0]):
        yield remark(Code.OWNER_UNVERIFIED, owner.names[0])


def _is_short_name(name: str) -> bool:
    return len(name.split()) == 1


def _email(row: Row, file: FileFacts) -> Iterator[Remark]:
    email = row.text(Meaning.EMAIL).strip()
    person = file.people.find(row.owner.names[0]) if row.owner.kind is OwnerKind.PERSON else None
    if is_placeholder(email):
        if person and Meaning.EMAIL in row.texts:
            yield remark(Code.EMAIL_MISSING)
    elif not EMAIL.fullmatch(email) or len(email) > 254:
        yield remark(Code.EMAIL_MALFORMED)
    elif person and person.email and person.email != email.lower():
        yield remark(Code.EMAIL_MISMATCH, email)


def _due(row: Row, file: FileFacts) -> Iterator[Remark]:
    if row.due.day is None and row.due.problem:
        code = Code.DUE_HISTORIC if row.is_closed else NEEDS_REASON[row.due.problem]
        yield remark(code, row.due_text or "nothing")
    elif row.due.converted and not file.dates_are_text:
        yield remark(Code.DUE_CONVERTED, row.due_text)
    if row.due.day and row.raised and row.due.day < row.raised:
        yield remark(Code.DUE_BEFORE_RAISED)


def _closing(row: Row, file: FileFacts) -> Iterator[Remark]:
    if not row.is_closed:
        return
    if row.closed.day and row.raised and row.closed.day < row.raised:
        yield remark(Code.CLOSED_BEFORE_RAISED)
    if row.lacks(Meaning.EVIDENCE):
        yield remark(Code.CLOSED_NO_EVIDENCE)
    if Meaning.SIGNOFF not in row.texts:
        return
    if row.lacks(Meaning.SIGNOFF):
        yield remark(Code.CLOSED_NO_SIGNOFF)
    elif row.owner.names and row.owner.kind is not OwnerKind.SEVERAL and _signed_by_owner(row):
        yield remark(Code.SIGNOFF_BY_OWNER)


def _signed_by_owner(row: Row) -> bool:
    """Where several own it, that is what has to be settled first."""
    return plain_key(row.text(Meaning.SIGNOFF)) in {plain_key(row.owner.text), plain_key(row.owner.names[0])}


def _claims(row: Row, file: FileFacts) -> Iterator[Remark]:
    rag, status = row.text(Meaning.RAG), row.text(Meaning.STATUS)
    says = {rag: claim_of_colour(rag, file.colours, blue_means_done=file.blue_means_done)} if rag else {}
    says |= {status: claim_of_status(status)} if status else {}
    wrong = next((word for word, claim in says.items() if contradicts(claim, row.is_closed)), None)
    if wrong is not None:
        yield remark(Code.STATUS_CONFLICT, wrong)
    if row.rag_colour == "":
        yield remark(Code.RAG_MISSING)
    elif row.rag_colour is not None:
        claim = claim_of_colour(row.rag_colour, file.colours, blue_means_done=file.blue_means_done)
        if contradicts(claim, row.is_closed):
            yield remark(Code.STATUS_CONFLICT_COLOUR, row.rag_colour)


def _lateness(row: Row, file: FileFacts) -> Iterator[Remark]:
    if row.state is not State.OVERDUE:
        return
    if "green" in (bare(row.text(Meaning.RAG)).casefold(), row.rag_colour) and row.rag_colour is None:
        yield remark(Code.RAG_STALE, row.text(Meaning.RAG))
    about = f"{row.text(Meaning.SOURCE)} {row.text(Meaning.THEME)}".casefold()
    if "safeguarding" in about and "escalat" not in row.text(Meaning.NOTES).casefold():
        yield remark(Code.NO_ESCALATION_TRAIL)


def _texts(row: Row, file: FileFacts) -> Iterator[Remark]:
    unusual = [text for text in row.cells if len(text) > LONGEST_CELL or UNUSUAL.search(text)]
    looks: tuple[tuple[Code, Callable[[str], object]], ...] = (
        (Code.TEXT_TOO_LONG, lambda text: len(text) > LONGEST_CELL),
        (Code.CONTROL_CHARACTERS, CONTROLS.search),
        (Code.BIDI_OVERRIDE, BIDI_OVERRIDES.search),
        (Code.FORMULA_LIKE_TEXT, has_formula_shape),
        (Code.MARKUP_IN_TEXT, MARKUP.search),
    )
    yield from (remark(code) for code, look in looks if any(map(look, unusual)))


def _behind(row: Row, file: FileFacts) -> Iterator[Remark]:
    behind = row.behind
    if behind.formulas:
        yield remark(Code.FORMULA_VALUE)
    if any(map(SCRIPT_LINK.match, behind.links)) or any(map(OTHER_WORKBOOK.search, behind.formulas)):
        yield remark(Code.EXTERNAL_LINK)
    if behind.errors:
        yield remark(Code.ERROR_VALUE, behind.errors[0])


_JUDGES: tuple[Callable[[Row, FileFacts], Iterator[Remark]], ...] = (
    _action, _shape, _reference, _owner, _email, _due, _closing, _claims, _lateness, _texts, _behind,
)  # fmt: skip

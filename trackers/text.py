"""What a cell's text is: blank, a placeholder, or something that has to be looked at before it is trusted."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache

Value = str | float | int | bool | date | datetime | time | timedelta
SHORT = 200
LONGEST_CELL = 32_767  # what a spreadsheet cell may hold

INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u3164\ufe0f\ufeff]")
BETWEEN_WORDS = re.compile(r"[^\w]+|_")
BIDI_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2400-\u2421]")
PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)} | {127: 0x2421}
ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)")
FORMULA_START = re.compile(r"[\s\"'\ufeff]*(?:[=＝]|[+\-@＋－＠](?=\S))[^\n]")
FORMULA_INSIDE = re.compile(r"[;,\t|]\s*[=＝]\s*[\w+\-@(]")
MARKUP = re.compile(
    r"<\s*[a-z!/?%]|\bon[a-z]{3,}\s*=|javascript:|\{\{|\$\{|#\{|<%"
    r"|['\";)]\s*;?\s*(?:drop|delete|insert|update|alter|union)\s+(?:table|from|into|all|select|\w+\s+set)\b",
    re.IGNORECASE,
)
# Fast first look: text without any of these needs none of the closer looks below.
UNUSUAL = re.compile(r"[^\w .,:;?()%/&'’°€£–\n-]|^\s|^-|[;,]\s*=|[')]\s*;|script:", re.IGNORECASE)

# Absent as the keepers of trackers write it.
PLACEHOLDERS = frozenset(
    {"-", "–", "—", "n/a", "na", "n.a.", "nil", "none", "not applicable", "pending", "tbc", "to follow"}
)


class ErrorValue(str):
    """What a spreadsheet shows when a formula failed, such as #REF!."""

    __slots__ = ()


def shown(value: Value) -> str:
    """The text a person sees in the cell. Dates are written day first, as British spreadsheets show them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y" if value.time() == time() else "%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def visible(text: str) -> str:
    """Control characters as their pictures (␀, ␇): no database, page or spreadsheet takes them as they are."""
    return text.translate(PICTURES) if CONTROLS.search(text) else text


def bare(text: str) -> str:
    """The text without what nobody can see at its ends, its blanks made plain. The same text gives the same result."""
    return " ".join((text if text.isascii() else INVISIBLE.sub("", text)).split())


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: spaces and invisible characters don't count."""
    return not text or (not text.isascii() and not INVISIBLE.sub("", text).strip()) or text.isspace()


def is_placeholder(text: str) -> bool:
    """Whether the cell is blank or says in another way that there is nothing (N/A, to follow, TBC, a dash)."""
    return is_blank(text) or (len(text) <= SHORT and bare(text).casefold() in PLACEHOLDERS)


def plain_key(text: str) -> str:
    """For comparing names and headings: no accents, no case, no punctuation, single spaces."""
    return _short_key(text) if len(text) <= SHORT else _plain_key(text)


def _plain_key(text: str) -> str:
    letters = text
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(BETWEEN_WORDS.sub(" ", letters.replace("'", "").replace("’", "")).casefold().split())


# Names, places and headings come again in thousands of rows.
_short_key = lru_cache(maxsize=8192)(_plain_key)


def has_formula_shape(text: str) -> bool:
    """Whether a spreadsheet could run this text as a formula. Telephone numbers and remarks may look so too."""
    if bare(text).casefold() in PLACEHOLDERS:
        return False
    return bool(FORMULA_START.match(text) or FORMULA_INSIDE.search(text))

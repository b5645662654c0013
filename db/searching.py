"""Words searched for in actions: few actions have most words, and are found by the index on trigrams.

A word that many have is another matter: then a page is found by walking in the tracker's order until it is full, and
their number by reading every action's words, which are kept in a table of their own for that.
"""

import re
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_FOUND = 500
"""So many actions are named one by one; a search that finds more is a word that many have."""
# Two letters make no trigram: the index would be read from end to end, which takes longer than the words themselves.
_INDEXED = re.compile(r"[^\W_]{3}")
# With nothing joined to them the words are not looked up in the index.
_BY_INDEX, _BY_READING = "w.words LIKE lower(:like)", "w.words || '' LIKE lower(:like)"
_FOUND = "SELECT w.action_id FROM action_words w WHERE {how} LIMIT :most"
_BY_TRIGRAMS = text(_FOUND.format(how=_BY_INDEX))
_WITHOUT = text(_FOUND.format(how=_BY_READING))

# Conditions on an action `a`: named one by one; looked at one by one; all that have the words.
NAMED = "a.id = ANY(:found)"
LOOKED_AT = f"(SELECT {_BY_INDEX} FROM action_words w WHERE w.action_id = a.id)"
GATHERED = f"a.id IN (SELECT w.action_id FROM action_words w WHERE {_BY_READING})"
COUNTED = f"SELECT count(*) FROM action_words w WHERE {_BY_READING}"


def pattern_of(words: str) -> str:
    """What was typed, for LIKE: its own signs stand for themselves."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


async def few_with(connection: AsyncConnection, words: str) -> list[UUID] | None:
    """The actions that have these words; None where they are many."""
    bound = {"like": pattern_of(words), "most": MOST_FOUND + 1}
    statement = _BY_TRIGRAMS if _INDEXED.search(words) else _WITHOUT
    found = list((await connection.execute(statement, bound)).scalars())
    return None if len(found) > MOST_FOUND else found

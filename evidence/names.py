"""File names: what people see, and what a download is called. A name never decides where or what a file is."""

import unicodedata
from urllib.parse import quote

LONGEST_NAME = 120
MOST_BYTES = 200
JOINER = "\u200d"  # holds an emoji of several parts together


def display_name(name: str) -> str:
    """A file's name for people: no folders, no line breaks, control or direction characters, bounded in length."""
    whole = unicodedata.normalize("NFC", name.replace("\\", "/"))
    last = next((part for part in reversed(whole.split("/")) if part.strip(" .")), "")
    spaced = "".join(" " if c in "\t\r\n\v\f\x85\u2028\u2029" else c for c in last)
    kept = "".join(c for c in spaced if unicodedata.category(c)[0] != "C" or c == JOINER)
    return _cut(kept.strip(f". {JOINER}\u00a0")) or "file"


def fitting_name(name: str, suffixes: tuple[str, ...], known: frozenset[str]) -> str:
    """The name with a suffix that fits the content, so that no computer opens the file as something else.

    A suffix of another kind on the list is replaced; any other text after a dot is part of the name.
    """
    lower = name.lower()
    if lower.endswith(suffixes):
        return name
    wrong = next((suffix for suffix in known if lower.endswith(suffix)), "")
    return _cut(name[: len(name) - len(wrong)] + suffixes[0])


def headers_for(filename: str, media_type: str) -> dict[str, str]:
    """Serve as a download only, as what it is, with nothing able to run in it (RFC 6266, RFC 5987)."""
    name = display_name(filename)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ()") else "_" for c in name)
    return {
        "Content-Type": media_type if not media_type.startswith("text/") else "text/plain; charset=utf-8",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


def _cut(name: str) -> str:
    """Shorten the stem, never the suffix, to a length that every file system and archive can carry."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > 10:
        stem, dot, suffix = name, "", ""
    while len(f"{stem}{dot}{suffix}") > LONGEST_NAME or len(f"{stem}{dot}{suffix}".encode()) > MOST_BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip()}{dot}{suffix}"

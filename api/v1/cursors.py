"""Cursors: where the next page begins, signed, so that a system can only give back what it was given.

A cursor holds the last key of its page, and belongs to the API key and the filters it was made for.
"""

import base64
import binascii
import hmac
import json
from typing import Any

from api.v1.problems import ApiRefused

SIGNED = 16


def seal(secret: bytes, last: str, *scope: Any) -> str:
    """The cursor that goes on after `last`, for this caller and these filters."""
    plain = last.encode()
    return base64.urlsafe_b64encode(_sign(secret, plain, scope) + plain).decode().rstrip("=")


def opened(secret: bytes, cursor: str, *scope: Any) -> str:
    """The last key of the page before. Raises ApiRefused for a cursor of somebody else's, or for other filters."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    signature, plain = raw[:SIGNED], raw[SIGNED:]
    if not plain or not hmac.compare_digest(signature, _sign(secret, plain, scope)):
        raise CursorRefused
    return plain.decode()


class CursorRefused(ApiRefused):
    """A cursor that was not given for this."""

    def __init__(self) -> None:
        words = "This cursor is not from the page before, with the same filters. Leave it out to start again."
        super().__init__("invalid", words, parameter="cursor")


def _sign(secret: bytes, plain: bytes, scope: tuple[Any, ...]) -> bytes:
    words = json.dumps([str(part) for part in scope]).encode()
    return hmac.digest(secret, b"cursor:" + words + b":" + plain, "sha256")[:SIGNED]

"""Anchors: how long the trail was and what its head was, signed, kept where the database cannot reach.

A hash chain shows any entry that was changed. It does not show that its end was cut off, or that
all of it was written anew. An anchor outside the database does both.

Signed with HMAC-SHA256 and a key derived from the installation's own: whoever checks an anchor
here can check its mark, nobody who has the database alone can forge one, and no library is needed.
A public key would let others check without us; the same place would hold its private half, so it
would prove no more.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

PURPOSE = b"followthrough trail anchor 1"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The trail had `seq` entries at this moment, the last of them with this hash."""

    seq: int
    at: datetime
    head_hash: bytes
    signature: bytes

    def is_ours(self, key: bytes) -> bool:
        """Whether this installation signed it, just as it stands."""
        return hmac.compare_digest(self.signature, sign(key, self.seq, self.at, self.head_hash))

    def line(self) -> str:
        """As it stands in the file: one line of JSON."""
        facts = {
            "seq": self.seq,
            "at": _moment(self.at),
            "head": self.head_hash.hex(),
            "signature": self.signature.hex(),
        }
        return json.dumps(facts) + "\n"


class NoAnchor(ValueError):
    """This is not a line that Followthrough wrote."""


def sign(key: bytes, seq: int, at: datetime, head_hash: bytes) -> bytes:
    """The mark of an anchor, with the installation's key."""
    own = hmac.digest(key, PURPOSE, "sha256")
    return hmac.digest(own, f"{seq} {_moment(at)} {head_hash.hex()}".encode(), "sha256")


def make_anchor(key: bytes, seq: int, at: datetime, head_hash: bytes) -> Anchor:
    return Anchor(seq, at, head_hash, sign(key, seq, at, head_hash))


def read_line(line: str) -> Anchor:
    """An anchor from its line; raises NoAnchor. Whether it is ours is another question."""
    try:
        facts = json.loads(line)
        at = datetime.fromisoformat(facts["at"])
        head, signature = bytes.fromhex(facts["head"]), bytes.fromhex(facts["signature"])
        if type(facts["seq"]) is not int or at.tzinfo is None:
            raise NoAnchor
        return Anchor(facts["seq"], at, head, signature)
    except (ValueError, TypeError, KeyError):
        raise NoAnchor from None


def ours(line: str, key: bytes) -> Anchor | None:
    """The anchor of a line, where it stands as this installation signed it."""
    try:
        anchor = read_line(line)
    except NoAnchor:
        return None
    return anchor if anchor.is_ours(key) else None


def first_wrong(lines: Sequence[str], key: bytes) -> tuple[list[Anchor], int | None]:
    """Every anchor that is ours, and the number of the first line that is none.

    A line that a crash cut off, and that was written again right after, is no fault.
    """
    found = [ours(line, key) for line in lines]
    good = [anchor for anchor in found if anchor is not None]
    for number, (line, anchor) in enumerate(zip(lines, found, strict=True), start=1):
        again = lines[number] if number < len(lines) else ""
        if anchor is None and not (line and again.startswith(line)):
            return good, number
    return good, None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")

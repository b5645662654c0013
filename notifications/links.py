"""Links that need no login.

A token is derived from the installation's secret key and the link's id, 256 bits, and stored
nowhere: the database has only its SHA-256, so that neither a copy of the database nor its logs
let anybody in, and the mail can still be written when it is sent.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Minted:
    """A token for a mail, and the hash for the database."""

    token: str
    token_hash: bytes


def mint(secret_key: bytes, link_id: UUID) -> Minted:
    """The token of a link; the same link always has the same token."""
    raw = hmac.digest(secret_key, b"link:" + link_id.bytes, "sha256")
    token = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return Minted(token, token_hash(token))


def token_hash(token: str) -> bytes:
    """What the database knows a token by. Any text may be asked about; only a minted one is found."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def step_url(address: str, token: str) -> str:
    """Where a step's link leads."""
    return f"{address}/do/{token}"


def password_url(address: str, token: str) -> str:
    """Where the link to set a password leads."""
    return f"{address}/welcome/{token}"

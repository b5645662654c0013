"""Signing calls as Standard Webhooks has it: HMAC-SHA256 over id, time and body.

A secret is derived from the installation's key, the webhook and its version, and stored nowhere. It
is shown when it is made. For a day after it is changed, calls carry a signature by the old one too.
"""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.connecting import TEST

OLD_SECRET_FOR = timedelta(days=1)
PREFIX = "whsec_"


def secret_of(secret_key: bytes, webhook_id: UUID, version: int) -> bytes:
    """The 32 bytes that sign the calls of a webhook."""
    return hmac.digest(secret_key, b"webhook:" + webhook_id.bytes + version.to_bytes(4, "big"), "sha256")


def shown(secret: bytes) -> str:
    """A secret as the receiver's side keeps it."""
    return PREFIX + base64.b64encode(secret).decode()


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, with its version in front."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def headers_for(secret_key: bytes, row: Any, body: bytes, now: datetime) -> dict[str, str]:
    """What goes with a call: the id stays over every try, the time and the signature are those of this one."""
    message_id, timestamp = str(row.id), int(now.timestamp())
    versions = [row.secret_version]
    if row.rotated_at is not None and now < row.rotated_at + OLD_SECRET_FOR:
        versions.append(row.secret_version - 1)
    signatures = [
        signature(secret_of(secret_key, row.webhook_id, version), message_id, timestamp, body) for version in versions
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
        "user-agent": "Followthrough",
    }


def test_body(webhook_id: UUID, now: datetime) -> bytes:
    """The body of a test call: it tells of nothing, and has no place in the sequence of what happened."""
    told = {"type": TEST, "timestamp": _said_in_utc(now), "data": {"webhook_id": str(webhook_id)}}
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _said_in_utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def body_of(row: Any) -> bytes:
    """The body of a call, the same at every try: what happened, when, and ids and statuses to look it up by."""
    facts = {name: value for name, value in row.facts.items() if value is not None}
    at = _said_in_utc(datetime.fromisoformat(facts.pop("at")))
    told = {"type": row.kind, "timestamp": at, "data": {**facts, "sequence": row.seq}}
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()

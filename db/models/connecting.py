"""Other systems: their keys, what they sent, where webhooks lead, and what is on its way there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.ids import new_id
from db.models.base import Base, Json, one_of
from domain.connecting import EventKind, Purpose


def _some_of(column: str, words: type[Purpose] | type[EventKind]) -> CheckConstraint:
    """A check that a list holds at least one word, and only these."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"cardinality({column}) > 0 AND {column} <@ ARRAY[{listed}]::text[]", name=f"{column}_known")


class ApiKey(Base):
    """A way in for another system: one location or all, some purposes, until a day. Only its hash is known here."""

    __tablename__ = "api_key"
    __table_args__ = (
        _some_of("purposes", Purpose),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="has_name"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    request_id: Mapped[UUID] = mapped_column(unique=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    purposes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ApiRequest(Base):
    """What a key sent under an idempotency key, and the answer it got: the same request again gets the same answer.

    The primary key is what makes it happen once: a second request waits for the first to commit, and
    then finds its answer here.
    """

    __tablename__ = "api_request"
    __table_args__ = (Index("ix_api_request_created_at", "created_at"),)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    body_hash: Mapped[bytes]
    answer: Mapped[str | None]
    created_at: Mapped[datetime]


class Webhook(Base):
    """Where changes are told to another system. Its secret is derived from its id and version, and stored nowhere."""

    __tablename__ = "webhook"
    __table_args__ = (
        _some_of("kinds", EventKind),
        CheckConstraint("length(url) BETWEEN 8 AND 500", name="has_address"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    request_id: Mapped[UUID] = mapped_column(unique=True)
    url: Mapped[str]
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    rotated_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stopped_because: Mapped[str | None]
    failures_told_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """One event on its way to one webhook; ids and statuses only. Written by a trigger, with the change it tells of.

    `seq` orders what is told of one action: the later waits until the earlier has arrived or is dead.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        one_of("status", ("queued", "sending", "delivered", "dead")),
        CheckConstraint("(status = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_has_time"),
        Index(
            "ix_webhook_delivery_open",
            "webhook_id",
            "action_id",
            "seq",
            postgresql_where=text("status IN ('queued', 'sending')"),
        ),
        Index("ix_webhook_delivery_dead", "webhook_id", "seq", postgresql_where=text("status = 'dead'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id"))
    kind: Mapped[str]
    facts: Mapped[Json]
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    died_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

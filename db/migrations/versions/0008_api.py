"""API keys, idempotency, webhooks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

IDENTIFIED = "identified_by IN ('link', 'login', 'second factor', 'operator', 'system', 'API key')"
AT = postgresql.TIMESTAMP(timezone=True)

OF_ACTION = """
CREATE FUNCTION webhook_of_action() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text[] := ARRAY[]::text[];
    was jsonb := NULL;
BEGIN
    IF NOT EXISTS (SELECT FROM webhook WHERE stopped_at IS NULL) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        told := ARRAY['action.created'];
    ELSE
        IF OLD.status <> NEW.status THEN
            told := told || 'action.status_changed'::text;
        END IF;
        IF OLD.due_at <> NEW.due_at THEN
            told := told || 'action.due_date_changed'::text;
        END IF;
        was := jsonb_build_object('status', OLD.status, 'due_at', OLD.due_at);
    END IF;
    INSERT INTO webhook_delivery (id, webhook_id, action_id, kind, facts, status, attempts, created_at,
        next_attempt_at, give_up_at)
    SELECT gen_random_uuid(), w.id, NEW.id, e.kind,
        jsonb_build_object('ref', NEW.ref, 'action_id', NEW.id, 'location_id', NEW.location_id, 'status', NEW.status,
            'cycle', NEW.cycle, 'due_at', NEW.due_at, 'original_due_at', NEW.original_due_at, 'at', NEW.updated_at,
            'was', was),
        'queued', 0, now(), now(), now() + interval '3 days'
    FROM webhook w CROSS JOIN unnest(told) WITH ORDINALITY AS e(kind, place)
    WHERE w.stopped_at IS NULL AND e.kind = ANY(w.kinds)
      AND (w.location_id IS NULL OR w.location_id = NEW.location_id)
    ORDER BY e.place;
    IF FOUND THEN
        PERFORM pg_notify('webhook', '');
    END IF;
    RETURN NULL;
END $$
"""

ACTION_CREATED = """
CREATE TRIGGER webhook_of_new_action AFTER INSERT ON action
FOR EACH ROW EXECUTE FUNCTION webhook_of_action()
"""

ACTION_CHANGED = """
CREATE TRIGGER webhook_of_changed_action AFTER UPDATE ON action
FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.due_at <> NEW.due_at) EXECUTE FUNCTION webhook_of_action()
"""

OF_ESCALATION = """
CREATE FUNCTION webhook_of_escalation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM webhook WHERE stopped_at IS NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO webhook_delivery (id, webhook_id, action_id, kind, facts, status, attempts, created_at,
        next_attempt_at, give_up_at)
    SELECT gen_random_uuid(), w.id, a.id, 'action.escalated',
        jsonb_build_object('ref', a.ref, 'action_id', a.id, 'location_id', a.location_id, 'status', a.status,
            'cycle', a.cycle, 'due_at', a.due_at, 'original_due_at', a.original_due_at, 'at', NEW.fired_at,
            'escalation', jsonb_build_object('rung', NEW.rung, 'role', NEW.role, 'must_answer', NEW.must_answer)),
        'queued', 0, now(), now(), now() + interval '3 days'
    FROM webhook w JOIN action a ON a.id = NEW.action_id
    WHERE w.stopped_at IS NULL AND 'action.escalated' = ANY(w.kinds)
      AND (w.location_id IS NULL OR w.location_id = a.location_id);
    IF FOUND THEN
        PERFORM pg_notify('webhook', '');
    END IF;
    RETURN NULL;
END $$
"""

ESCALATED = """
CREATE TRIGGER webhook_of_escalation AFTER INSERT ON escalation
FOR EACH ROW EXECUTE FUNCTION webhook_of_escalation()
"""

STATEMENTS = (OF_ACTION, ACTION_CREATED, ACTION_CHANGED, OF_ESCALATION, ESCALATED)


def upgrade() -> None:
    for table in ("session", "submission"):
        op.drop_constraint(op.f(f"ck_{table}_identified_by_known"), table)
        op.create_check_constraint(op.f(f"ck_{table}_identified_by_known"), table, IDENTIFIED)
    has_ref = sa.text("external_ref IS NOT NULL")
    op.create_index("ix_finding_external_ref", "finding", ["external_ref"], postgresql_where=has_ref)
    _keys()
    _webhooks()
    for statement in STATEMENTS:
        op.execute(statement)


def _keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("purposes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("revoked_at", AT, nullable=True),
        sa.Column("last_used_at", AT, nullable=True),
        sa.CheckConstraint(
            "cardinality(purposes) > 0 AND purposes <@ ARRAY['raise findings', 'define actions', 'read status',"
            " 'read names and words', 'read trail']::text[]",
            name=op.f("ck_api_key_purposes_known"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_api_key_expires_later")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_api_key_has_name")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_api_key_created_by")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_api_key_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("request_id", name=op.f("uq_api_key_request_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_table(
        "api_request",
        sa.Column("key_id", sa.UUID(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_api_request_key_id")),
        sa.PrimaryKeyConstraint("key_id", "idempotency_key", name=op.f("pk_api_request")),
    )
    op.create_index("ix_api_request_created_at", "api_request", ["created_at"])


def _webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("rotated_at", AT, nullable=True),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("stopped_at", AT, nullable=True),
        sa.Column("stopped_because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY['action.created', 'action.status_changed',"
            " 'action.due_date_changed', 'action.escalated']::text[]",
            name=op.f("ck_webhook_kinds_known"),
        ),
        sa.CheckConstraint("length(url) BETWEEN 8 AND 500", name=op.f("ck_webhook_has_address")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_webhook_created_by")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_webhook_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("request_id", name=op.f("uq_webhook_request_id")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("next_attempt_at", AT, nullable=False),
        sa.Column("give_up_at", AT, nullable=False),
        sa.Column("claimed_until", AT, nullable=True),
        sa.Column("delivered_at", AT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'sending', 'delivered', 'dead')", name=op.f("ck_webhook_delivery_status_known")
        ),
        sa.CheckConstraint(
            "(status = 'delivered') = (delivered_at IS NOT NULL)", name=op.f("ck_webhook_delivery_delivered_has_time")
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_webhook_delivery_action_id")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_delivery_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("seq", name=op.f("uq_webhook_delivery_seq")),
    )
    is_open = sa.text("status IN ('queued', 'sending')")
    columns = ["webhook_id", "action_id", "seq"]
    op.create_index("ix_webhook_delivery_open", "webhook_delivery", columns, postgresql_where=is_open)
    is_dead = sa.text("status = 'dead'")
    op.create_index("ix_webhook_delivery_dead", "webhook_delivery", ["webhook_id", "seq"], postgresql_where=is_dead)

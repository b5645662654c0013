"""Weekly reviews, answers to escalations, and mails that could not be delivered"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _escalations()
    _reviews()


def _escalations() -> None:
    op.add_column("escalation", sa.Column("support", sa.Text()))
    op.add_column("escalation", sa.Column("reassigned_to", sa.UUID()))
    op.add_column("escalation", sa.Column("overtaken_because", sa.Text()))
    op.create_foreign_key(op.f("fk_escalation_reassigned_to"), "escalation", "person", ["reassigned_to"], ["id"])
    op.create_check_constraint(
        op.f("ck_escalation_answer_has_its_facts"),
        "escalation",
        "(answer_kind IS DISTINCT FROM 'revised date' OR revised_due_at IS NOT NULL)"
        " AND (answer_kind IS DISTINCT FROM 'support given' OR coalesce(length(support), 0) > 0)"
        " AND (answer_kind IS DISTINCT FROM 'reassigned' OR reassigned_to IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_escalation_overtaken_because_known"),
        "escalation",
        "overtaken_because IN ('answered higher up', 'step answered', 'step not asked any more')",
    )
    op.create_check_constraint(
        op.f("ck_escalation_overtaken_says_why"),
        "escalation",
        "(overtaken_because IS NOT NULL) = (answer_kind IS NOT DISTINCT FROM 'overtaken')",
    )


def _reviews() -> None:
    op.create_table(
        "review_schedule",
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("set_by", sa.UUID(), nullable=False),
        sa.Column("set_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_review_schedule_weekday_known")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_review_schedule_location_id")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_review_schedule_set_by")),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_review_schedule")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opens_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True)),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True)),
        sa.Column("role", sa.Text()),
        sa.Column("assignee_id", sa.UUID()),
        sa.Column("assigned_for_id", sa.UUID()),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True)),
        sa.Column("sent_by", sa.UUID()),
        sa.Column("request_id", sa.UUID()),
        sa.Column("flow_run_id", sa.UUID()),
        sa.Column("ended_in_prefect_at", postgresql.TIMESTAMP(timezone=True)),
        sa.CheckConstraint(
            "status IN ('planned', 'not needed') OR opened_at IS NOT NULL", name=op.f("ck_review_opened_says_when")
        ),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_review_sent_says_when")),
        sa.CheckConstraint(
            "status IN ('planned', 'open', 'sent', 'not needed', 'missed')", name=op.f("ck_review_status_known")
        ),
        sa.CheckConstraint("EXTRACT(ISODOW FROM week) = 1", name=op.f("ck_review_week_begins_on_monday")),
        sa.ForeignKeyConstraint(["assigned_for_id"], ["person.id"], name=op.f("fk_review_assigned_for_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_review_assignee_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_review_location_id")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_review_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("location_id", "week", name=op.f("uq_review_location_id_week")),
        sa.UniqueConstraint("request_id", name=op.f("uq_review_request_id")),
    )
    op.create_index("ix_review_live", "review", ["opens_at"], postgresql_where=sa.text("status IN ('planned', 'open')"))
    op.create_index("ix_review_untold", "review", ["id"], postgresql_where=sa.text("ended_in_prefect_at IS NULL"))
    op.create_index(
        "uq_review_open", "review", ["location_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.create_table(
        "review_line",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("review_id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("said", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("saved_by", sa.UUID()),
        sa.Column("saved_at", postgresql.TIMESTAMP(timezone=True)),
        sa.Column("barrier_id", sa.UUID()),
        sa.CheckConstraint("said IN ('progress', 'barrier')", name=op.f("ck_review_line_said_known")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_review_line_action_id")),
        sa.ForeignKeyConstraint(["barrier_id"], ["barrier.id"], name=op.f("fk_review_line_barrier_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_line_review_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_review_line_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_line")),
        sa.UniqueConstraint("review_id", "action_id", name=op.f("uq_review_line_review_id_action_id")),
    )
    op.create_index("ix_review_line_action_id", "review_line", ["action_id"])
    op.create_table(
        "review_rung",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("review_id", sa.UUID(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("must_answer", sa.Boolean(), nullable=False),
        sa.Column("asked_id", sa.UUID()),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        sa.Column("expected_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("fired_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True)),
        sa.Column("answered_by", sa.UUID()),
        sa.Column("answer", sa.Text()),
        sa.Column("overtaken_because", sa.Text()),
        sa.CheckConstraint(
            "answered_at IS NULL OR overtaken_because IS NOT NULL"
            " OR (coalesce(length(answer), 0) > 0 AND answered_by IS NOT NULL)",
            name=op.f("ck_review_rung_answered_says_what"),
        ),
        sa.CheckConstraint(
            "overtaken_because IN ('answered higher up', 'step answered', 'step not asked any more')",
            name=op.f("ck_review_rung_overtaken_because_known"),
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_review_rung_answered_by")),
        sa.ForeignKeyConstraint(["asked_id"], ["person.id"], name=op.f("fk_review_rung_asked_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_rung_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rung")),
        sa.UniqueConstraint("review_id", "rung", name=op.f("uq_review_rung_review_id_rung")),
    )
    op.create_index(
        "ix_review_rung_unanswered",
        "review_rung",
        ["asked_id"],
        postgresql_where=sa.text("must_answer AND answered_at IS NULL"),
    )
    op.create_table(
        "undelivered",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID()),
        sa.Column("asked_id", sa.UUID()),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True)),
        sa.Column("settled_by", sa.UUID()),
        sa.Column("how", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.CheckConstraint(
            "how IN ('sent again', 'given to somebody else', 'told in another way', 'not needed any more')",
            name=op.f("ck_undelivered_how_known"),
        ),
        sa.CheckConstraint("(settled_at IS NULL) = (how IS NULL)", name=op.f("ck_undelivered_settled_says_how")),
        sa.ForeignKeyConstraint(["asked_id"], ["person.id"], name=op.f("fk_undelivered_asked_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_undelivered_location_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_undelivered_message_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_undelivered_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undelivered")),
    )
    op.create_index("ix_undelivered_asked", "undelivered", ["asked_id"], postgresql_where=sa.text("settled_at IS NULL"))
    op.create_index(
        "uq_undelivered_open",
        "undelivered",
        ["message_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )

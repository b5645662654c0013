"""Chosen strengths, a crosswalk that people correct, who decides for whom, pathway versions that stay"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

AT = postgresql.TIMESTAMP(timezone=True)
PIN_GUARD = """
CREATE FUNCTION action_keeps_its_pathway() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pathway_version o JOIN pathway_version n ON n.key = o.key AND n.version > o.version
                   WHERE o.id = OLD.pathway_version_id AND n.id = NEW.pathway_version_id
                     AND n.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'Action % can only move to a newer version of its own pathway.', OLD.ref;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM trail_pending t WHERE t.action_id = NEW.id
                   AND t.what = 'moved to another pathway version' AND length(t.words ->> 'reason') > 0) THEN
        RAISE EXCEPTION 'Action % keeps its pathway version until somebody moves it and says why.', OLD.ref;
    END IF;
    RETURN NULL;
END $$
"""
PIN_TRIGGER = """
CREATE CONSTRAINT TRIGGER action_keeps_its_pathway AFTER UPDATE OF pathway_version_id ON action
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.status <> 'draft' AND NEW.pathway_version_id IS DISTINCT FROM OLD.pathway_version_id)
EXECUTE FUNCTION action_keeps_its_pathway()
"""


def upgrade() -> None:
    op.execute(PIN_GUARD)
    op.execute(PIN_TRIGGER)
    _strength()
    _crosswalk()
    _covering()


def _strength() -> None:
    chosen = sa.Column("strength_is_chosen", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    op.add_column("action", chosen)
    _check("action", "chosen_strength_is_there", "strength IS NOT NULL OR NOT strength_is_chosen")


def _crosswalk() -> None:
    op.create_table(
        "crosswalk_change",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("from_framework", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("to_framework", sa.Text(), nullable=False),
        sa.Column("counterparts", postgresql.JSONB()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.UUID(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("changed_at", AT, nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.UniqueConstraint("request_id", name="uq_crosswalk_change_request_id"),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_crosswalk_change_says_why")),
    )
    row = ["from_framework", "statement", "to_framework", "changed_at"]
    op.create_index("ix_crosswalk_change_row", "crosswalk_change", row)


def _covering() -> None:
    for table, columns in (
        ("escalation", ("asked_for_id", "answered_for_id")),
        ("extension", ("decider_for_id", "decided_for_id")),
        ("barrier", ("asked_for_id", "answered_for_id")),
    ):
        for column in columns:
            op.add_column(table, sa.Column(column, sa.UUID(), sa.ForeignKey("person.id")))
    _check("escalation", "answered_for_another", "answered_for_id <> answered_by")
    _check("extension", "decided_for_another", "decided_for_id NOT IN (decided_by, asked_by)")
    _check("barrier", "answered_for_another", "answered_for_id <> answered_by")
    open_ones = (("extension", "decider_id", "decided_at"), ("barrier", "asked_id", "answered_at"))
    for table, column, until in open_ones:
        op.create_index(f"ix_{table}_waiting", table, [column], postgresql_where=sa.text(f"{until} IS NULL"))


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)

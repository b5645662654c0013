"""Pathways: drafts, and actions moved to another version"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

PUBLISHED_GUARD = """
CREATE FUNCTION published_pathway_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'Pathway %, version %, is published and cannot be changed or deleted. Publish the next.',
            OLD.key, OLD.version;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""

PUBLISHED_TRIGGER = """
CREATE TRIGGER published_pathway_stays BEFORE UPDATE OR DELETE ON pathway_version
FOR EACH ROW EXECUTE FUNCTION published_pathway_stays()
"""


def upgrade() -> None:
    op.add_column("pathway_version", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("pathway_version", sa.Column("published_by", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_pathway_version_published_by"), "pathway_version", "person", ["published_by"], ["id"]
    )
    op.create_index(
        "ix_action_open_pathway",
        "action",
        ["pathway_version_id"],
        postgresql_where=sa.text("status NOT IN ('closed – monitoring', 'sustained', 'cancelled', 'superseded')"),
    )
    op.create_table(
        "pathway_draft",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("started_by", sa.UUID(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_as", sa.Text(), nullable=True),
        sa.CheckConstraint("ended_as IN ('published', 'discarded')", name=op.f("ck_pathway_draft_ended_as_known")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name=op.f("ck_pathway_draft_ended_has_how")),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_pathway_draft_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathway_draft")),
    )
    op.create_index(
        "uq_pathway_draft_open", "pathway_draft", ["key"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "pathway_draft_save",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("draft_id", sa.UUID(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.UUID(), nullable=False),
        sa.Column("saved_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["pathway_draft.id"], name=op.f("fk_pathway_draft_save_draft_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_pathway_draft_save_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathway_draft_save")),
        sa.UniqueConstraint("draft_id", "revision", name=op.f("uq_pathway_draft_save_draft_id_revision")),
        sa.UniqueConstraint("request_id", name=op.f("uq_pathway_draft_save_request_id")),
    )
    for statement in (PUBLISHED_GUARD, PUBLISHED_TRIGGER):
        op.execute(statement)

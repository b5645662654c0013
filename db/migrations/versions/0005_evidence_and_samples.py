"""Evidence withdrawn and returned by item; samples by list and by group"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _steps()
    _submissions()
    # What makes a reader look again is found when they look: who may know of another action differs by reader.
    op.drop_column("evidence", "flags")
    _samples()


def _steps() -> None:
    op.add_column("step", sa.Column("return_reasons", JSONB, server_default=sa.text("'{}'"), nullable=False))


def _submissions() -> None:
    op.add_column("submission", sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("submission", sa.Column("withdrawn_because", sa.Text(), nullable=True))
    op.drop_constraint("ck_submission_kept_as_known", "submission")
    op.create_check_constraint(
        op.f("ck_submission_kept_as_known"), "submission", "kept_as IN ('answer', 'late', 'draft', 'withdrawn')"
    )
    op.create_check_constraint(
        op.f("ck_submission_withdrawn_has_reason"),
        "submission",
        "(kept_as = 'withdrawn') = (withdrawn_at IS NOT NULL) AND (withdrawn_at IS NULL) = (withdrawn_because IS NULL)",
    )


def _samples() -> None:
    op.add_column("sample_audit", sa.Column("list_name", sa.Text(), nullable=True))
    op.add_column("sample_audit", sa.Column("list_sha256", sa.LargeBinary(), nullable=True))
    op.add_column("sample_audit", sa.Column("strata", JSONB, nullable=True))
    op.add_column("sample_audit", sa.Column("notes", JSONB, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("sample_item", sa.Column("stratum", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_sample_audit_list_is_the_population"),
        "sample_audit",
        "(population_items IS NULL) = (list_sha256 IS NULL)"
        " AND (population_items IS NULL OR jsonb_array_length(population_items) = population_size)",
    )
    op.add_column("sample_audit", sa.Column("replaced_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("sample_audit", sa.Column("replaced_because", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_sample_audit_replaced_says_why"),
        "sample_audit",
        "(replaced_at IS NULL) = (replaced_because IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_sample_audit_replaced_was_not_decided"), "sample_audit", "replaced_at IS NULL OR passed IS NULL"
    )
    op.drop_constraint("uq_sample_audit_step_id", "sample_audit")
    standing = sa.text("replaced_at IS NULL")
    op.create_index("uq_sample_audit_stands", "sample_audit", ["step_id"], unique=True, postgresql_where=standing)
    op.create_index("ix_sample_audit_step_id", "sample_audit", ["step_id"])

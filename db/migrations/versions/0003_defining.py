"""Definitions: strength, frameworks, repeats"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

# Similar words are found with pg_trgm. A server that lacks it, or does not let us add it, still runs: the hint is
# left out, and the doctor says what to do.
TRIGRAMS = """
DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN undefined_file OR insufficient_privilege OR feature_not_supported OR invalid_parameter_value THEN
    RAISE NOTICE 'pg_trgm is not here: similar actions are not hinted at';
END $$
"""


def upgrade() -> None:
    op.execute(TRIGRAMS)
    op.drop_column("action", "frameworks")
    op.add_column("action", sa.Column("strength", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_action_strength_known"), "action", "strength IN ('strong', 'intermediate', 'weak')"
    )
    op.create_table(
        "framework_reference",
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("chosen_by", sa.UUID(), nullable=True),
        sa.Column("chosen_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_framework_reference_action_id")),
        sa.ForeignKeyConstraint(["chosen_by"], ["person.id"], name=op.f("fk_framework_reference_chosen_by")),
        sa.PrimaryKeyConstraint("action_id", "framework", "statement", name=op.f("pk_framework_reference")),
    )
    op.create_index("ix_framework_reference_statement", "framework_reference", ["framework", "statement"])
    op.add_column("finding", sa.Column("theme_key", sa.Text(), nullable=True))
    op.execute("UPDATE finding SET theme_key = lower(regexp_replace(btrim(theme), '\\s+', ' ', 'g'))")
    op.create_check_constraint(op.f("ck_finding_theme_has_key"), "finding", "(theme IS NULL) = (theme_key IS NULL)")
    op.drop_index("ix_finding_location_theme", "finding")
    op.create_index("ix_finding_location_theme", "finding", ["location_id", "theme_key"])
    op.create_index("ix_action_finding_id", "action", ["finding_id"])
    op.add_column("import_row", sa.Column("became", sa.Text(), nullable=True))
    op.execute("UPDATE import_row SET became = CASE WHEN action_id IS NULL THEN 'history' ELSE 'action' END")
    op.alter_column("import_row", "became", nullable=False)
    op.create_check_constraint(
        op.f("ck_import_row_became_known"), "import_row", "became IN ('action', 'draft', 'history')"
    )
    op.add_column("import_row", sa.Column("location_id", sa.UUID(), nullable=True))
    op.create_foreign_key("fk_import_row_location_id", "import_row", "location", ["location_id"], ["id"])
    op.create_index("ix_import_row_batch_id", "import_row", ["batch_id", "sheet", "row_number"])
    op.create_table(
        "definition_draft",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("typed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_definition_draft_person_id")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_definition_draft_action_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_draft")),
    )
    op.create_index("ix_definition_draft_person_id", "definition_draft", ["person_id"])

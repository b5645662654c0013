"""People: roles and absence with dates"""

import sqlalchemy as sa
from alembic import op

from domain.vocabulary import Form, Outcome

revision = "0004"
down_revision = "0003"

# Ranges of one number stand for equality: no extension is needed for the index.
NO_ROLE_TWICE = """
ALTER TABLE role_assignment ADD CONSTRAINT ex_role_assignment_held_once EXCLUDE USING gist (
    int8range(hashtextextended(person_id::text || role || coalesce(location_id::text, ''), 0),
              hashtextextended(person_id::text || role || coalesce(location_id::text, ''), 0), '[]') WITH &&,
    daterange(starts_on, ends_on, '[]') WITH &&)
"""
NO_ABSENCE_TWICE = """
ALTER TABLE absence ADD CONSTRAINT ex_absence_away_once EXCLUDE USING gist (
    int8range(hashtextextended(person_id::text, 0), hashtextextended(person_id::text, 0), '[]') WITH &&,
    daterange(starts_on, ends_on, '[]') WITH &&) WHERE (cancelled_at IS NULL)
"""


def upgrade() -> None:
    for column, words in (("form", Form), ("outcome", Outcome)):
        listed = ", ".join(f"'{word}'" for word in words)
        op.drop_constraint(f"ck_step_{column}_known", "step")
        op.create_check_constraint(op.f(f"ck_step_{column}_known"), "step", f"{column} IN ({listed})")
    op.add_column("absence", sa.Column("recorded_by", sa.UUID(), sa.ForeignKey("person.id"), nullable=True))
    op.add_column("absence", sa.Column("request_id", sa.UUID(), nullable=True))
    op.add_column("absence", sa.Column("cancelled_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_absence_request_id"), "absence", ["request_id"])
    op.create_index("ix_absence_cover_id", "absence", ["cover_id"])
    op.execute(NO_ROLE_TWICE)
    op.execute(NO_ABSENCE_TWICE)

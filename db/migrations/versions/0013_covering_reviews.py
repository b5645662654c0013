"""Who answers for a late weekly review, and for whom"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for column in ("asked_for_id", "answered_for_id"):
        op.add_column("review_rung", sa.Column(column, sa.UUID(), sa.ForeignKey("person.id")))
    another = op.f("ck_review_rung_answered_for_another")
    op.create_check_constraint(another, "review_rung", "answered_for_id <> answered_by")

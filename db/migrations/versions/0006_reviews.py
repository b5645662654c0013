"""Answers to escalations, and what became of those that needed none"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _escalations()


def _escalations() -> None:
    op.add_column("escalation", sa.Column("support", sa.Text()))
    op.add_column("escalation", sa.Column("reassigned_to", sa.UUID()))
    op.add_column("escalation", sa.Column("overtaken_because", sa.Text()))
    op.create_foreign_key(op.f("fk_escalation_reassigned_to"), "escalation", "person", ["reassigned_to"], ["id"])
    op.create_check_constraint(
        op.f("ck_escalation_answer_has_its_facts"),
        "escalation",
        "(answer_kind IS DISTINCT FROM 'revised date' OR revised_due_at IS NOT NULL)"
        " AND (answer_kind IS DISTINCT FROM 'support given' OR length(support) > 0)"
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

"""Indexes for trackers that have grown: the tracker's order, what somebody has part in, themes in use"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_action_due", "action", [sa.text("due_at NULLS FIRST"), "ref", "id"])
    op.create_index("ix_step_assignee", "step", ["assignee_id", "action_id"])
    _where("ix_step_assigned_for", "step", ["assigned_for_id"], "assigned_for_id")
    _where("ix_step_settled_by", "step", ["settled_by", "action_id"], "settled_by")
    judging = sa.text("status = 'open' AND form IN ('sample', 'approval')")
    op.create_index("ix_step_open_judging", "step", ["role", "action_id"], postgresql_where=judging)
    _where("ix_finding_theme", "finding", ["theme_key", "created_at"], "theme_key")


def _where(name: str, table: str, columns: list[str], known: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(f"{known} IS NOT NULL"))

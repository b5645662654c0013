"""When an import showed its last sign of life, and which of its rows people have been told of"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def _last_row_at() -> sa.Column[Any]:
    now = sa.text("clock_timestamp()")
    return sa.Column("last_row_at", sa.DateTime(timezone=True), nullable=False, server_default=now)


def upgrade() -> None:
    op.add_column("import_batch", _last_row_at())
    op.add_column("import_row", sa.Column("told_at", sa.DateTime(timezone=True)))
    # An import that ended has told of its rows; one that never did is told of by the worker.
    op.execute("UPDATE import_batch SET last_row_at = coalesce(finished_at, created_at)")
    op.execute("""
        UPDATE import_row r SET told_at = b.last_row_at FROM import_batch b
        WHERE b.id = r.batch_id AND b.status <> 'running' AND r.action_id IS NOT NULL
    """)

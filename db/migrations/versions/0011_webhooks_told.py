"""When a webhook's call was given up, and when somebody was told of it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

AT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("webhook", sa.Column("failures_told_at", AT))
    op.add_column("webhook_delivery", sa.Column("died_at", AT))

"""When an open step went to the person who has it now"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("step", sa.Column("given_at", sa.DateTime(timezone=True)))
    # The trail knows when the open ones changed hands.
    op.execute("""
        UPDATE step s SET given_at = t.at FROM (
            SELECT object_id, max(at) AS at FROM trail_entry
            WHERE object_type = 'step' AND what IN ('step given to somebody else', 'step handed to cover',
                'somebody found for a step', 'step waits for somebody else')
            GROUP BY object_id
        ) t WHERE t.object_id = s.id AND s.status = 'open'
    """)

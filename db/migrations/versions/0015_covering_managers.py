"""For whom a manager's question is asked and answered: themes found again, refused mails, small homes' exceptions"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for table, answered in (("repeat_finding", "decided"), ("undelivered", "settled"), ("small_home", "decided")):
        for column in ("asked_for_id", f"{answered}_for_id"):
            op.add_column(table, sa.Column(column, sa.UUID(), sa.ForeignKey("person.id")))
        another = op.f(f"ck_{table}_{answered}_for_another")
        op.create_check_constraint(another, table, f"{answered}_for_id <> {answered}_by")

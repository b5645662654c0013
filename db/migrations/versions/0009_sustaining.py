"""Re-audits and reopening"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

AT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    _cycles()
    _re_audits()
    _repeats()
    _facts_are_there()


def _cycles() -> None:
    op.add_column("cycle", sa.Column("reopened", sa.Text()))
    op.add_column("cycle", sa.Column("due_at", AT))
    op.create_check_constraint(
        "ck_cycle_reopened_known", "cycle", "reopened IN ('re-audit failed', 're-audit missed', 'repeat finding')"
    )
    op.create_check_constraint("ck_cycle_later_cycles_say_why", "cycle", "(number = 1) = (reopened IS NULL)")


def _re_audits() -> None:
    op.add_column("re_audit", sa.Column("flow_run_id", sa.UUID()))
    op.add_column("re_audit", sa.Column("run_told_at", AT))
    op.create_check_constraint("ck_re_audit_open_has_step", "re_audit", "status <> 'open' OR step_id IS NOT NULL")
    op.create_index("ix_re_audit_step_id", "re_audit", ["step_id"])
    waiting = sa.text("status IN ('planned', 'open')")
    op.create_index("ix_re_audit_waiting", "re_audit", ["due_at"], postgresql_where=waiting)
    untold = sa.text("run_told_at IS NULL")
    op.create_index("ix_re_audit_to_tell", "re_audit", ["action_id"], postgresql_where=untold)


def _repeats() -> None:
    op.create_table(
        "repeat_finding",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("closed_action_id", sa.UUID(), sa.ForeignKey("action.id"), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("found_action_id", sa.UUID(), sa.ForeignKey("action.id"), nullable=False),
        sa.Column("noticed_at", AT, nullable=False),
        sa.Column("asked_id", sa.UUID(), sa.ForeignKey("person.id")),
        sa.Column("decided_at", AT),
        sa.Column("decided_by", sa.UUID(), sa.ForeignKey("person.id")),
        sa.Column("reopened", sa.Boolean()),
        sa.Column("reason", sa.Text()),
        sa.UniqueConstraint(
            "closed_action_id", "found_action_id", name="uq_repeat_finding_closed_action_id_found_action_id"
        ),
        sa.CheckConstraint("closed_action_id <> found_action_id", name=op.f("ck_repeat_finding_of_another")),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (reopened IS NULL)", name=op.f("ck_repeat_finding_decided_has_decision")
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR decided_by IS NOT NULL", name=op.f("ck_repeat_finding_decided_by_a_person")
        ),
    )
    undecided = sa.text("decided_at IS NULL")
    op.create_index("ix_repeat_finding_waiting", "repeat_finding", ["asked_id"], postgresql_where=undecided)
    op.create_index("ix_repeat_finding_found", "repeat_finding", ["found_action_id"])


def _facts_are_there() -> None:
    """A check that comes to NULL lets a row pass: facts left out slipped through as words of no length did not."""
    both = "coalesce(length(risk_now), 0) > 0 AND coalesce(length(interim_control), 0) > 0"
    _replace(
        "escalation",
        "answer_has_risk_and_control",
        f"answer_kind IS NULL OR answer_kind = 'overtaken' OR ({both})",
    )
    _replace("extension", "granted_has_three_facts", f"granted IS NOT TRUE OR ({both} AND revised_due_at IS NOT NULL)")


def _replace(table: str, name: str, condition: str) -> None:
    full = op.f(f"ck_{table}_{name}")
    op.drop_constraint(full, table, type_="check")
    op.create_check_constraint(full, table, condition)

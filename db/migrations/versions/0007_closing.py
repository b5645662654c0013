"""Closing: small homes, cancelled and superseded actions, duties kept apart"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

DUTIES_GUARD = """
CREATE FUNCTION closure_keeps_duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM step s WHERE s.action_id = NEW.action_id AND s.cycle = NEW.cycle AND s.key = 'accept'
               AND NEW.approver_id IN (s.assignee_id, s.assigned_for_id, s.settled_by)) THEN
        RAISE EXCEPTION 'A closure cannot be approved by somebody who owned the action.';
    END IF;
    IF NEW.small_home_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM small_home h JOIN action a ON a.location_id = h.location_id
                       WHERE h.id = NEW.small_home_id AND a.id = NEW.action_id AND h.confirmed) THEN
        RAISE EXCEPTION 'This exception was not confirmed for this home.';
    END IF;
    IF (EXISTS (SELECT 1 FROM step s WHERE s.action_id = NEW.action_id AND s.cycle = NEW.cycle
                AND s.control IN ('evidence', 'check') AND s.status = 'settled'
                AND NEW.approver_id IN (s.assignee_id, s.assigned_for_id, s.settled_by))
        OR EXISTS (SELECT 1 FROM submission u JOIN step s ON s.id = u.step_id
                   WHERE s.action_id = NEW.action_id AND s.cycle = NEW.cycle
                     AND s.control IN ('evidence', 'check') AND u.person_id = NEW.approver_id)
        OR EXISTS (SELECT 1 FROM sample_audit m JOIN step s ON s.id = m.step_id
                   WHERE s.action_id = NEW.action_id AND s.cycle = NEW.cycle AND s.control = 'check'
                     AND m.drawn_by = NEW.approver_id))
       AND NOT EXISTS (SELECT 1 FROM small_home h WHERE h.id = NEW.small_home_id AND h.decided_at <= NEW.closed_at
                       AND (h.ended_at IS NULL OR h.ended_at > NEW.closed_at)) THEN
        RAISE EXCEPTION 'A closure cannot be approved by somebody who evidenced or sampled the action.';
    END IF;
    RETURN NEW;
END $$
"""

DUTIES_TRIGGER = """
CREATE TRIGGER closure_keeps_duties_apart BEFORE INSERT OR UPDATE ON closure
FOR EACH ROW EXECUTE FUNCTION closure_keeps_duties_apart()
"""

ENDED_GUARD = """
CREATE FUNCTION action_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Action % was ended and stays so; make a new one.', OLD.ref;
END $$
"""

ENDED_TRIGGER = """
CREATE TRIGGER action_stays_ended BEFORE UPDATE OF status ON action FOR EACH ROW
WHEN (OLD.status IN ('cancelled', 'superseded') AND NEW.status IS DISTINCT FROM OLD.status)
EXECUTE FUNCTION action_stays_ended()
"""

TRIGGERS = (DUTIES_GUARD, DUTIES_TRIGGER, ENDED_GUARD, ENDED_TRIGGER)


def upgrade() -> None:
    op.create_table(
        "small_home",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.UUID(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("asked_id", sa.UUID(), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_small_home_has_reason")),
        sa.CheckConstraint(
            "ends_on <= recorded_on + interval '12 months'", name=op.f("ck_small_home_ends_within_a_year")
        ),
        sa.CheckConstraint("ends_on >= recorded_on", name=op.f("ck_small_home_ends_after_it_begins")),
        sa.CheckConstraint("decided_by <> recorded_by", name=op.f("ck_small_home_decided_by_another")),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (confirmed IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_small_home_decided_has_decision"),
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR (ended_by IS NOT NULL AND coalesce(length(ended_reason), 0) > 0)",
            name=op.f("ck_small_home_ended_has_reason"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_small_home_location_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_small_home_recorded_by")),
        sa.ForeignKeyConstraint(["asked_id"], ["person.id"], name=op.f("fk_small_home_asked_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_small_home_decided_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_small_home_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_small_home")),
        sa.UniqueConstraint("request_id", name=op.f("uq_small_home_request_id")),
    )
    op.create_index("ix_small_home_confirmed", "small_home", ["location_id"], postgresql_where=sa.text("confirmed"))
    op.create_index(
        "uq_small_home_waiting",
        "small_home",
        ["location_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.add_column("closure", sa.Column("small_home_id", sa.UUID(), nullable=True))
    op.add_column("closure", sa.Column("small_home_uses", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_foreign_key(op.f("fk_closure_small_home_id"), "closure", "small_home", ["small_home_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_closure_exception_says_its_uses"),
        "closure",
        "(small_home_id IS NULL) = (small_home_uses IS NULL)",
    )
    op.add_column("action", sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("action", sa.Column("ended_by", sa.UUID(), nullable=True))
    op.add_column("action", sa.Column("superseded_by_id", sa.UUID(), nullable=True))
    op.create_foreign_key(op.f("fk_action_ended_by"), "action", "person", ["ended_by"], ["id"])
    op.create_foreign_key(op.f("fk_action_superseded_by_id"), "action", "action", ["superseded_by_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_action_ended_has_reason"),
        "action",
        "(status IN ('cancelled', 'superseded')) = (ended_at IS NOT NULL)"
        " AND (ended_at IS NULL OR coalesce(length(ended_reason), 0) > 0)",
    )
    op.create_check_constraint(
        op.f("ck_action_superseded_by_another"),
        "action",
        "(status = 'superseded') = (superseded_by_id IS NOT NULL) AND superseded_by_id <> id",
    )
    for statement in TRIGGERS:
        op.execute(statement)

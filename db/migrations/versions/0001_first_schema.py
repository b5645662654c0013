"""First schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


TRAIL_GUARD = """
CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.words IS NULL AND NEW.salt IS NULL
       AND (to_jsonb(NEW) - 'words' - 'salt') = (to_jsonb(OLD) - 'words' - 'salt') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The trail is append-only: entry % cannot be changed or deleted.', OLD.seq;
END $$
"""

TRAIL_TRIGGER = """
CREATE TRIGGER trail_is_append_only BEFORE UPDATE OR DELETE ON trail_entry
FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()
"""

TRUNCATE_GUARD = """
CREATE FUNCTION trail_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The trail is append-only: it cannot be emptied.';
END $$
"""

TRUNCATE_TRIGGER = """
CREATE TRIGGER trail_is_not_emptied BEFORE TRUNCATE ON trail_entry
FOR EACH STATEMENT EXECUTE FUNCTION trail_is_not_emptied()
"""

# Chained at commit, by a deferred trigger, so that the lock is never held while a client thinks. The hash
# is SHA-256 over the previous hash, the sequence number in eight bytes, and the digest of the entry's body.
TRAIL_CHAIN = """
CREATE FUNCTION trail_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_seq bigint;
    last_hash bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(7011964);
    SELECT e.seq, e.hash INTO last_seq, last_hash FROM trail_entry e ORDER BY e.seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0) + 1;
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    INSERT INTO trail_entry (seq, at, actor_id, role, identified_by, location_id, action_id, object_type, object_id,
        what, request_id, version, words, salt, words_digest, previous_hash, hash)
    VALUES (last_seq, NEW.at, NEW.actor_id, NEW.role, NEW.identified_by, NEW.location_id, NEW.action_id,
        NEW.object_type, NEW.object_id, NEW.what, NEW.request_id, NEW.version, NEW.words, NEW.salt,
        NEW.words_digest, last_hash, sha256(last_hash || int8send(last_seq) || NEW.body_digest));
    DELETE FROM trail_pending WHERE n = NEW.n;
    RETURN NULL;
END $$
"""

TRAIL_CHAIN_TRIGGER = """
CREATE CONSTRAINT TRIGGER trail_chain AFTER INSERT ON trail_pending
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trail_chain()
"""

TRIGGERS = (TRAIL_GUARD, TRAIL_TRIGGER, TRUNCATE_GUARD, TRUNCATE_TRIGGER, TRAIL_CHAIN, TRAIL_CHAIN_TRIGGER)


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("scan", sa.Text(), nullable=False),
        sa.Column("stored_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("scan IN ('clean', 'not scanned', 'quarantined')", name=op.f("ck_blob_scan_known")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "location",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens", sa.Time(), server_default=sa.text("'07:00'"), nullable=False),
        sa.Column("closes", sa.Time(), server_default=sa.text("'21:00'"), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("name", name=op.f("uq_location_name")),
    )
    op.create_table(
        "pathway_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathway_version")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_pathway_version_key_version")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("left_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "ref_counter",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_ref_counter")),
    )
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    op.create_index("ix_sign_in_try_key_at", "sign_in_try", ["key", "at"], unique=False)
    op.create_table(
        "trail_checkpoint",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trail_checkpoint")),
    )
    op.create_table(
        "trail_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("action_id", sa.UUID(), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.UUID(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("words_digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trail_entry")),
    )
    op.create_index("ix_trail_entry_action_id", "trail_entry", ["action_id", "seq"], unique=False)
    op.create_index("ix_trail_entry_at", "trail_entry", ["at"], unique=False)
    op.create_table(
        "absence",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("cover_id", sa.UUID(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("cover_id IS NULL OR cover_id <> person_id", name=op.f("ck_absence_cover_is_another")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_dates_in_order")),
        sa.ForeignKeyConstraint(["cover_id"], ["person.id"], name=op.f("fk_absence_cover_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_person_id", "absence", ["person_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=True),
        sa.Column("external_ref", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source IN ('audit', 'incident', 'complaint', 'feedback', 'meeting', 'safeguarding', 'staffing risk', 'care-record finding', 'supervision', 'mock inspection', 'CQC must-do', 'CQC should-do', 'commissioner visit')",
            name=op.f("ck_finding_source_known"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_finding_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_location_theme", "finding", ["location_id", "theme"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("layout", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('preview', 'running', 'done', 'failed')", name=op.f("ck_import_batch_status_known")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_batch_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('nominated individual', 'registered manager', 'deputy manager', 'quality lead', 'safeguarding lead', 'engagement lead', 'care coordinator', 'team leader', 'key worker', 'commissioner', 'inspector', 'administrator')",
            name=op.f("ck_role_assignment_role_known"),
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_role_assignment_dates_in_order")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_role_assignment_location_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_assignment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
    )
    op.create_index("ix_role_assignment_role", "role_assignment", ["role", "location_id"], unique=False)
    op.create_index(
        "uq_role_assignment_current",
        "role_assignment",
        ["person_id", "role", "location_id"],
        unique=True,
        postgresql_where=sa.text("ends_on IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "identified_by IN ('link', 'login', 'second factor', 'operator', 'system')",
            name=op.f("ck_session_identified_by_known"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"], unique=False)
    op.create_table(
        "action",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.UUID(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("pathway_version_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("what_will_change", sa.Text(), nullable=False),
        sa.Column("measure", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("outcome_test", sa.Text(), nullable=True),
        sa.Column("risk", sa.Text(), nullable=True),
        sa.Column("closure_criteria", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("original_due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "draft_reasons",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column(
            "frameworks",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("defined_by", sa.UUID(), nullable=True),
        sa.Column("defined_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("risk IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_action_risk_known")),
        sa.CheckConstraint(
            "status IN ('draft', 'awaiting acceptance', 'in progress', 'evidence submitted', 'returned', 'sample audit', 'awaiting approval', 'closed – monitoring', 'sustained', 'cancelled', 'superseded')",
            name=op.f("ck_action_status_known"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'cancelled', 'superseded') OR (location_id IS NOT NULL AND risk IS NOT NULL AND due_at IS NOT NULL AND original_due_at IS NOT NULL AND defined_at IS NOT NULL)",
            name=op.f("ck_action_defined_before_leaving_draft"),
        ),
        sa.ForeignKeyConstraint(["defined_by"], ["person.id"], name=op.f("fk_action_defined_by")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_action_finding_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_action_location_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_action_owner_id")),
        sa.ForeignKeyConstraint(
            ["pathway_version_id"], ["pathway_version.id"], name=op.f("fk_action_pathway_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("ref", name=op.f("uq_action_ref")),
    )
    op.create_index("ix_action_location_status", "action", ["location_id", "status"], unique=False)
    op.create_index("ix_action_owner_id", "action", ["owner_id"], unique=False)
    op.create_index("ix_action_status_due", "action", ["status", "due_at"], unique=False)
    op.create_table(
        "action_run",
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("flow_run_id", sa.UUID(), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.Column("lease_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("wake_requested_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("wake_seen_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("waiting_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("view_shown_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_action_run_action_id")),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_action_run")),
    )
    op.create_index("ix_action_run_flow_run_id", "action_run", ["flow_run_id"], unique=False)
    op.create_index(
        "ix_action_run_wake",
        "action_run",
        ["wake_requested_at"],
        unique=False,
        postgresql_where=sa.text("wake_requested_at IS NOT NULL"),
    )
    op.create_table(
        "cycle",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_because", sa.Text(), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_cycle_action_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
        sa.UniqueConstraint("action_id", "number", name=op.f("uq_cycle_action_id_number")),
    )
    op.create_index("uq_cycle_open", "cycle", ["action_id"], unique=True, postgresql_where=sa.text("closed_at IS NULL"))
    op.create_table(
        "import_row",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("outcome IN ('new', 'attention')", name=op.f("ck_import_row_outcome_known")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_import_row_action_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_import_row_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_import_row_fingerprint")),
    )
    op.create_index("ix_import_row_action_id", "import_row", ["action_id"], unique=False)
    op.create_table(
        "step",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.UUID(), nullable=True),
        sa.Column("assigned_for_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_because", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("original_due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("settled_by", sa.UUID(), nullable=True),
        sa.Column(
            "returned_keys",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("shown_hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(status = 'open') = (settled_at IS NULL)", name=op.f("ck_step_open_is_unsettled")),
        sa.CheckConstraint("(status = 'settled') = (outcome IS NOT NULL)", name=op.f("ck_step_settled_has_outcome")),
        sa.CheckConstraint(
            "control IN ('define', 'assign', 'evidence', 'check', 'close', 'sustain')",
            name=op.f("ck_step_control_known"),
        ),
        sa.CheckConstraint(
            "form IN ('definition', 'owner', 'acceptance', 'evidence', 'briefing', 'views', 'sample', 'approval', 'why reopened')",
            name=op.f("ck_step_form_known"),
        ),
        sa.CheckConstraint(
            "outcome IN ('defined', 'assigned', 'accepted', 'declined', 'submitted', 'not needed', 'passed', 'failed', 'approved', 'rejected')",
            name=op.f("ck_step_outcome_known"),
        ),
        sa.CheckConstraint("status IN ('open', 'settled', 'void')", name=op.f("ck_step_status_known")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_step_action_id")),
        sa.ForeignKeyConstraint(["assigned_for_id"], ["person.id"], name=op.f("fk_step_assigned_for_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_step_assignee_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_step_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        sa.UniqueConstraint("action_id", "cycle", "key", "round", name=op.f("uq_step_action_id_cycle_key_round")),
    )
    op.create_index(
        "ix_step_open_assignee",
        "step",
        ["assignee_id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_step_open_due", "step", ["due_at"], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "barrier",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("told_by", sa.UUID(), nullable=False),
        sa.Column("told_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("barrier", sa.Text(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("asked_id", sa.UUID(), nullable=True),
        sa.Column("answered_by", sa.UUID(), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_barrier_answered_by")),
        sa.ForeignKeyConstraint(["asked_id"], ["person.id"], name=op.f("fk_barrier_asked_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_barrier_step_id")),
        sa.ForeignKeyConstraint(["told_by"], ["person.id"], name=op.f("fk_barrier_told_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barrier")),
        sa.UniqueConstraint("request_id", name=op.f("uq_barrier_request_id")),
    )
    op.create_index("ix_barrier_step_id", "barrier", ["step_id"], unique=False)
    op.create_table(
        "closure",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("approver_id", sa.UUID(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("snapshot_hash", sa.LargeBinary(), nullable=False),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("approver_id <> owner_id", name=op.f("ck_closure_approver_is_not_owner")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_closure_action_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["person.id"], name=op.f("fk_closure_approver_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_closure_owner_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_closure_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sa.UniqueConstraint("action_id", "cycle", name=op.f("uq_closure_action_id_cycle")),
    )
    op.create_table(
        "escalation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("must_answer", sa.Boolean(), nullable=False),
        sa.Column("asked_id", sa.UUID(), nullable=True),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due_when_fired", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expected_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("fired_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answered_by", sa.UUID(), nullable=True),
        sa.Column("answer_kind", sa.Text(), nullable=True),
        sa.Column("risk_now", sa.Text(), nullable=True),
        sa.Column("interim_control", sa.Text(), nullable=True),
        sa.Column("revised_due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("shown_hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "answer_kind IN ('revised date', 'support given', 'reassigned', 'overtaken')",
            name=op.f("ck_escalation_answer_kind_known"),
        ),
        sa.CheckConstraint(
            "answer_kind IS NULL OR answer_kind = 'overtaken' OR (length(risk_now) > 0 AND length(interim_control) > 0)",
            name=op.f("ck_escalation_answer_has_risk_and_control"),
        ),
        sa.CheckConstraint(
            "(answer_kind IS NULL) = (answered_at IS NULL)", name=op.f("ck_escalation_answered_has_kind")
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_escalation_action_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_escalation_answered_by")),
        sa.ForeignKeyConstraint(["asked_id"], ["person.id"], name=op.f("fk_escalation_asked_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_escalation_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint("step_id", "rung", name=op.f("uq_escalation_step_id_rung")),
    )
    op.create_index("ix_escalation_action_id", "escalation", ["action_id"], unique=False)
    op.create_index(
        "ix_escalation_unanswered",
        "escalation",
        ["asked_id"],
        unique=False,
        postgresql_where=sa.text("must_answer AND answered_at IS NULL"),
    )
    op.create_table(
        "extension",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wanted_due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decider_id", sa.UUID(), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("risk_now", sa.Text(), nullable=True),
        sa.Column("interim_control", sa.Text(), nullable=True),
        sa.Column("revised_due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name=op.f("ck_extension_decided_has_decision")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name=op.f("ck_extension_decided_by_another")
        ),
        sa.CheckConstraint(
            "granted IS NOT TRUE OR (length(risk_now) > 0 AND length(interim_control) > 0 AND revised_due_at IS NOT NULL)",
            name=op.f("ck_extension_granted_has_three_facts"),
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_extension_action_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_extension_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_extension_decided_by")),
        sa.ForeignKeyConstraint(["decider_id"], ["person.id"], name=op.f("fk_extension_decider_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_extension_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
        sa.UniqueConstraint("request_id", name=op.f("uq_extension_request_id")),
    )
    op.create_index(
        "uq_extension_pending",
        "extension",
        ["step_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(purpose = 'step') = (step_id IS NOT NULL)", name=op.f("ck_link_step_link_has_step")),
        sa.CheckConstraint("purpose IN ('step', 'password')", name=op.f("ck_link_purpose_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_person_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_link_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_hash")),
    )
    op.create_index("ix_link_step_id", "link", ["step_id"], unique=False)
    op.create_table(
        "re_audit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'open', 'passed', 'failed', 'missed', 'void')",
            name=op.f("ck_re_audit_status_known"),
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_re_audit_action_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_re_audit_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_re_audit")),
        sa.UniqueConstraint("action_id", "cycle", "number", name=op.f("uq_re_audit_action_id_cycle_number")),
    )
    op.create_table(
        "sample_audit",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("population", sa.Text(), nullable=False),
        sa.Column("population_size", sa.Integer(), nullable=False),
        sa.Column("population_items", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Numeric(), nullable=False),
        sa.Column("drawn_by", sa.UUID(), nullable=False),
        sa.Column("drawn_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("population_size >= 1", name=op.f("ck_sample_audit_population_not_empty")),
        sa.CheckConstraint("size BETWEEN 1 AND population_size", name=op.f("ck_sample_audit_size_within_population")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_sample_audit_action_id")),
        sa.ForeignKeyConstraint(["drawn_by"], ["person.id"], name=op.f("fk_sample_audit_drawn_by")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_sample_audit_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_audit")),
        sa.UniqueConstraint("step_id", name=op.f("uq_sample_audit_step_id")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=False),
        sa.Column("kept_as", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("form_version", sa.Text(), nullable=False),
        sa.Column("after_due", sa.Boolean(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "identified_by IN ('link', 'login', 'second factor', 'operator', 'system')",
            name=op.f("ck_submission_identified_by_known"),
        ),
        sa.CheckConstraint("kept_as IN ('answer', 'late', 'draft')", name=op.f("ck_submission_kept_as_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_submission_person_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_submission_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("step_id", "request_id", name=op.f("uq_submission_step_id_request_id")),
    )
    op.create_index(
        "uq_submission_answer",
        "submission",
        ["step_id"],
        unique=True,
        postgresql_where=sa.text("kept_as = 'answer'"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=False),
        sa.Column("step_id", sa.UUID(), nullable=False),
        sa.Column("submission_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("blob_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("added_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("withdrawn_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "category IN ('people''s experience', 'feedback from staff and leaders', 'feedback from partners', 'observation', 'processes', 'outcomes')",
            name=op.f("ck_evidence_category_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('care plan update', 'daily record', 'handover note', 'briefing attendance', 'competency check', 'observation', 'feedback from a person', 'feedback from a relative', 'feedback from staff', 'feedback from a partner', 'policy version', 'minutes', 'photo', 'data', 'recorded in another system')",
            name=op.f("ck_evidence_kind_known"),
        ),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_evidence_action_id")),
        sa.ForeignKeyConstraint(["blob_sha256"], ["blob.sha256"], name=op.f("fk_evidence_blob_sha256")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evidence_person_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_evidence_step_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_evidence_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_action_id", "evidence", ["action_id"], unique=False)
    op.create_index("ix_evidence_blob", "evidence", ["blob_sha256"], unique=False)
    op.create_index("ix_evidence_step_id", "evidence", ["step_id"], unique=False)
    op.create_table(
        "link_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("link_id", sa.UUID(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_session_link_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_link_session")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("action_id", sa.UUID(), nullable=True),
        sa.Column("step_id", sa.UUID(), nullable=True),
        sa.Column("link_id", sa.UUID(), nullable=True),
        sa.Column("thread_id", sa.UUID(), nullable=True),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("claimed_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("accepted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("(status = 'sent') = (accepted_at IS NOT NULL)", name=op.f("ck_message_sent_was_accepted")),
        sa.CheckConstraint("status IN ('queued', 'sending', 'sent', 'dead')", name=op.f("ck_message_status_known")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_message_action_id")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_message_link_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_person_id")),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_message_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
    )
    op.create_index("ix_message_action_id", "message", ["action_id"], unique=False)
    op.create_index(
        "ix_message_dead",
        "message",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'dead'"),
    )
    op.create_index(
        "ix_message_due",
        "message",
        ["priority", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'sending')"),
    )
    op.create_table(
        "sample_item",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sample_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("result IN ('pass', 'fail', 'not applicable')", name=op.f("ck_sample_item_result_known")),
        sa.ForeignKeyConstraint(["sample_id"], ["sample_audit.id"], name=op.f("fk_sample_item_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_item")),
        sa.UniqueConstraint("sample_id", "item", name=op.f("uq_sample_item_sample_id_item")),
        sa.UniqueConstraint("sample_id", "position", name=op.f("uq_sample_item_sample_id_position")),
    )
    op.create_table(
        "trail_pending",
        sa.Column("n", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("location_id", sa.UUID(), nullable=True),
        sa.Column("action_id", sa.UUID(), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.UUID(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("request_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("words_digest", sa.LargeBinary(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_trail_pending")),
        prefixes=["UNLOGGED"],
    )
    for statement in TRIGGERS:
        op.execute(statement)

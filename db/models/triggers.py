"""What the database itself refuses: changed trail entries, approvals of one's own work, ended actions that go on,
and another pathway version for an action that nobody moved.

The same statements stand in the migrations; a test compares what both make of a database.
"""

from sqlalchemy import DDL, event

from db.models.base import metadata

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
# The first entry's turn chains all of its transaction, which are the only ones it can see; the others find
# nothing left to do. Those before `NEW.n` are of others, and looking past their remains would take longer.
TRAIL_CHAIN = """
CREATE FUNCTION trail_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry trail_pending;
    last_seq bigint;
    last_hash bytea;
BEGIN
    IF NOT EXISTS (SELECT FROM trail_pending p WHERE p.n = NEW.n) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(7011964);
    SELECT e.seq, e.hash INTO last_seq, last_hash FROM trail_entry e ORDER BY e.seq DESC LIMIT 1;
    last_seq := coalesce(last_seq, 0);
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    FOR entry IN SELECT * FROM trail_pending p WHERE p.n >= NEW.n ORDER BY p.n LOOP
        last_seq := last_seq + 1;
        INSERT INTO trail_entry (seq, at, actor_id, role, identified_by, location_id, action_id, object_type,
            object_id, what, request_id, version, words, salt, words_digest, previous_hash, hash)
        VALUES (last_seq, entry.at, entry.actor_id, entry.role, entry.identified_by, entry.location_id,
            entry.action_id, entry.object_type, entry.object_id, entry.what, entry.request_id, entry.version,
            entry.words, entry.salt, entry.words_digest, last_hash,
            sha256(last_hash || int8send(last_seq) || entry.body_digest))
        RETURNING hash INTO last_hash;
    END LOOP;
    DELETE FROM trail_pending p WHERE p.n >= NEW.n;
    RETURN NULL;
END $$
"""

TRAIL_CHAIN_TRIGGER = """
CREATE CONSTRAINT TRIGGER trail_chain AFTER INSERT ON trail_pending
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trail_chain()
"""

# Owners never; those who evidenced or sampled only under a small home's exception that was confirmed for this home.
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

# Deferred, so that the reason may follow the move; the trail of this transaction is chained after it.
PIN_GUARD = """
CREATE FUNCTION action_keeps_its_pathway() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pathway_version o JOIN pathway_version n ON n.key = o.key AND n.version > o.version
                   WHERE o.id = OLD.pathway_version_id AND n.id = NEW.pathway_version_id
                     AND n.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'Action % can only move to a newer version of its own pathway.', OLD.ref;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM trail_pending t WHERE t.action_id = NEW.id
                   AND t.what = 'moved to another pathway version' AND length(t.words ->> 'reason') > 0) THEN
        RAISE EXCEPTION 'Action % keeps its pathway version until somebody moves it and says why.', OLD.ref;
    END IF;
    RETURN NULL;
END $$
"""

PIN_TRIGGER = """
CREATE CONSTRAINT TRIGGER action_keeps_its_pathway AFTER UPDATE OF pathway_version_id ON action
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.status <> 'draft' AND NEW.pathway_version_id IS DISTINCT FROM OLD.pathway_version_id)
EXECUTE FUNCTION action_keeps_its_pathway()
"""

TRAIL_STATEMENTS = (TRAIL_GUARD, TRAIL_TRIGGER, TRUNCATE_GUARD, TRUNCATE_TRIGGER, TRAIL_CHAIN, TRAIL_CHAIN_TRIGGER)
CLOSING_STATEMENTS = (DUTIES_GUARD, DUTIES_TRIGGER, ENDED_GUARD, ENDED_TRIGGER)
STATEMENTS = (*TRAIL_STATEMENTS, *CLOSING_STATEMENTS, PIN_GUARD, PIN_TRIGGER)

for statement in STATEMENTS:
    event.listen(metadata, "after_create", DDL(statement.replace("%", "%%")))

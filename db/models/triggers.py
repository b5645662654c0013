"""What the database itself refuses: trail entries can be erased of words, and nothing else; never deleted.

The same statements stand in the first migration.
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

STATEMENTS = (TRAIL_GUARD, TRAIL_TRIGGER, TRUNCATE_GUARD, TRUNCATE_TRIGGER, TRAIL_CHAIN, TRAIL_CHAIN_TRIGGER)

for statement in STATEMENTS:
    event.listen(metadata, "after_create", DDL(statement.replace("%", "%%")))

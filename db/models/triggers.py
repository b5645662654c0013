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

# A function, so that the head is read after the lock is held: one statement would read before it.
TRAIL_HEAD = """
CREATE FUNCTION trail_head() RETURNS TABLE (seq bigint, hash bytea) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7011964);
    RETURN QUERY SELECT e.seq, e.hash FROM trail_entry e ORDER BY e.seq DESC LIMIT 1;
END $$
"""

STATEMENTS = (TRAIL_GUARD, TRAIL_TRIGGER, TRUNCATE_GUARD, TRUNCATE_TRIGGER, TRAIL_HEAD)

for statement in STATEMENTS:
    event.listen(metadata, "after_create", DDL(statement.replace("%", "%%")))

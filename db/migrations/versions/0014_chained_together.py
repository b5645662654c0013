"""The entries of one transaction are chained together"""

from alembic import op

revision = "0014"
down_revision = "0013"

TRAIL_CHAIN = """
CREATE OR REPLACE FUNCTION trail_chain() RETURNS trigger LANGUAGE plpgsql AS $$
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


def upgrade() -> None:
    op.execute(TRAIL_CHAIN)

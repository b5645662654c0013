"""Webhook events are written by the database itself, in the transaction that makes the change.

So no command can forget one, none is told that did not commit, and an answer costs no round trip
more. Without a webhook a trigger reads one empty table. The same statements stand in migration 0008.
"""

from sqlalchemy import DDL, event

from db.models.base import metadata

OF_ACTION = """
CREATE FUNCTION webhook_of_action() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text[] := ARRAY[]::text[];
    was jsonb := NULL;
BEGIN
    IF NOT EXISTS (SELECT FROM webhook WHERE stopped_at IS NULL) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        told := ARRAY['action.created'];
    ELSE
        IF OLD.status <> NEW.status THEN
            told := told || 'action.status_changed'::text;
        END IF;
        IF OLD.due_at <> NEW.due_at THEN
            told := told || 'action.due_date_changed'::text;
        END IF;
        was := jsonb_build_object('status', OLD.status, 'due_at', OLD.due_at);
    END IF;
    INSERT INTO webhook_delivery (id, webhook_id, action_id, kind, facts, status, attempts, created_at,
        next_attempt_at, give_up_at)
    SELECT gen_random_uuid(), w.id, NEW.id, e.kind,
        jsonb_build_object('ref', NEW.ref, 'action_id', NEW.id, 'location_id', NEW.location_id, 'status', NEW.status,
            'cycle', NEW.cycle, 'due_at', NEW.due_at, 'original_due_at', NEW.original_due_at, 'at', NEW.updated_at,
            'was', was),
        'queued', 0, now(), now(), now() + interval '3 days'
    FROM webhook w CROSS JOIN unnest(told) WITH ORDINALITY AS e(kind, place)
    WHERE w.stopped_at IS NULL AND e.kind = ANY(w.kinds)
      AND (w.location_id IS NULL OR w.location_id = NEW.location_id)
    ORDER BY e.place;
    IF FOUND THEN
        PERFORM pg_notify('webhook', '');
    END IF;
    RETURN NULL;
END $$
"""

ACTION_CREATED = """
CREATE TRIGGER webhook_of_new_action AFTER INSERT ON action
FOR EACH ROW EXECUTE FUNCTION webhook_of_action()
"""

ACTION_CHANGED = """
CREATE TRIGGER webhook_of_changed_action AFTER UPDATE ON action
FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.due_at <> NEW.due_at) EXECUTE FUNCTION webhook_of_action()
"""

OF_ESCALATION = """
CREATE FUNCTION webhook_of_escalation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM webhook WHERE stopped_at IS NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO webhook_delivery (id, webhook_id, action_id, kind, facts, status, attempts, created_at,
        next_attempt_at, give_up_at)
    SELECT gen_random_uuid(), w.id, a.id, 'action.escalated',
        jsonb_build_object('ref', a.ref, 'action_id', a.id, 'location_id', a.location_id, 'status', a.status,
            'cycle', a.cycle, 'due_at', a.due_at, 'original_due_at', a.original_due_at, 'at', NEW.fired_at,
            'escalation', jsonb_build_object('rung', NEW.rung, 'role', NEW.role, 'must_answer', NEW.must_answer)),
        'queued', 0, now(), now(), now() + interval '3 days'
    FROM webhook w JOIN action a ON a.id = NEW.action_id
    WHERE w.stopped_at IS NULL AND 'action.escalated' = ANY(w.kinds)
      AND (w.location_id IS NULL OR w.location_id = a.location_id);
    IF FOUND THEN
        PERFORM pg_notify('webhook', '');
    END IF;
    RETURN NULL;
END $$
"""

ESCALATED = """
CREATE TRIGGER webhook_of_escalation AFTER INSERT ON escalation
FOR EACH ROW EXECUTE FUNCTION webhook_of_escalation()
"""

STATEMENTS = (OF_ACTION, ACTION_CREATED, ACTION_CHANGED, OF_ESCALATION, ESCALATED)

for statement in STATEMENTS:
    event.listen(metadata, "after_create", DDL(statement.replace("%", "%%")))

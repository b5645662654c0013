"""The words of each action in one place, to search in"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

FOLLOW = """
CREATE FUNCTION words_of_action() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO action_words (action_id, words)
    SELECT NEW.id, lower(concat_ws(chr(10), NEW.ref, NEW.title, f.summary, f.theme, f.external_ref))
    FROM finding f WHERE f.id = NEW.finding_id
    ON CONFLICT (action_id) DO UPDATE SET words = excluded.words;
    RETURN NULL;
END $$
"""
FOLLOW_FINDING = """
CREATE FUNCTION words_of_finding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE action_words w
    SET words = lower(concat_ws(chr(10), a.ref, a.title, NEW.summary, NEW.theme, NEW.external_ref))
    FROM action a WHERE a.finding_id = NEW.id AND w.action_id = a.id;
    RETURN NULL;
END $$
"""
# An answer to a step names none of these columns, and so costs nothing here.
OF_ACTION = """
CREATE TRIGGER words_of_action AFTER INSERT OR UPDATE OF ref, title, finding_id ON action
FOR EACH ROW EXECUTE FUNCTION words_of_action()
"""
OF_FINDING = """
CREATE TRIGGER words_of_finding AFTER UPDATE OF summary, theme, external_ref ON finding
FOR EACH ROW EXECUTE FUNCTION words_of_finding()
"""
FILL = """
INSERT INTO action_words (action_id, words)
SELECT a.id, lower(concat_ws(chr(10), a.ref, a.title, f.summary, f.theme, f.external_ref))
FROM action a JOIN finding f ON f.id = a.finding_id
"""
# Without the extension a search reads every action's words, which is slower and finds the same.
TRIGRAMS = """
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX ix_action_words_trigrams ON action_words USING gin (words gin_trgm_ops);
    END IF;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "action_words",
        sa.Column("action_id", sa.UUID(), sa.ForeignKey("action.id", ondelete="CASCADE"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_action_words")),
    )
    for statement in (FOLLOW, FOLLOW_FINDING, OF_ACTION, OF_FINDING, FILL, TRIGRAMS):
        op.execute(statement)

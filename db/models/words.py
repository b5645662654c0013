"""The words of each action in one place, written by the database itself.

Beside the tables that answers write to, so that searching costs no answer anything: an index on the texts of `action`
would get an entry with each change of its status. The same statements stand in migration 0017.
"""

from uuid import UUID

from sqlalchemy import DDL, ForeignKey, Index, event
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, metadata


class ActionWords(Base):
    """What is searched of an action, in lower case: reference, title, and its finding's summary, theme and reference.

    One line each, so that nothing is found across two of them.
    """

    __tablename__ = "action_words"
    __table_args__ = (
        Index("ix_action_words_trigrams", "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
    )
    action_id: Mapped[UUID] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str]


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
STATEMENTS = (FOLLOW, FOLLOW_FINDING, OF_ACTION, OF_FINDING)

for statement in STATEMENTS:
    event.listen(metadata, "after_create", DDL(statement.replace("%", "%%")))

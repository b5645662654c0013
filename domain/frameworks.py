"""What the regulator looks at: versioned frameworks and regulations, and a suggested way from one to another.

An action's reference names framework, version and statement, and keeps them: a later version, or a changed row of
the crosswalk, never rewrites what somebody chose. The crosswalk suggests; people choose.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

MOST_REFERENCES = 20
IN_FORCE = "in-force"
REGULATIONS = "regulations"


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One statement (or regulation) of one version of a framework, by the keys of its pack."""

    framework: str
    version: str
    statement: str

    def __str__(self) -> str:
        return f"{self.framework}/{self.version}/{self.statement}"

    @classmethod
    def parse(cls, stated: str) -> "Reference | None":
        """Read what `str` wrote; None for anything else."""
        parts = stated.split("/")
        return cls(*parts) if len(parts) == 3 and all(parts) else None


class _Pack(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Statement(_Pack):
    """A quality statement, a key line of enquiry, or a regulation; `number` is the regulation's own."""

    id: str
    title: str
    number: str = ""

    @property
    def words(self) -> str:
        return f"Regulation {self.number}: {self.title}" if self.number else self.title


class KeyQuestion(_Pack):
    """One of the regulator's key questions with its statements."""

    id: str
    title: str
    statements: tuple[Statement, ...]


class Certainty(_Pack):
    """How sure we are of a pack, and why."""

    level: str
    note: str = ""


class Framework(_Pack):
    """One version of a framework or set of regulations, as its pack gives it."""

    id: str
    kind: str
    title: str
    short_title: str
    version: str
    status: str
    statement_word: str = "quality statement"
    certainty: Certainty
    key_questions: tuple[KeyQuestion, ...] = ()
    regulations: tuple[Statement, ...] = ()

    @property
    def is_in_force(self) -> bool:
        """A draft is shown as one, and never offered as though it were in force."""
        return self.status == IN_FORCE

    @property
    def groups(self) -> tuple[tuple[str, tuple[Statement, ...]], ...]:
        """Statements under their key questions; regulations, which have none, in one group."""
        asked = tuple((question.title, question.statements) for question in self.key_questions)
        return (*asked, ("Regulations", self.regulations)) if self.regulations else asked

    @property
    def statements(self) -> dict[str, Statement]:
        return {statement.id: statement for _, group in self.groups for statement in group}

    def reference(self, statement: str) -> Reference:
        return Reference(self.id, self.version, statement)


class Row(_Pack):
    """What a statement of one framework comes nearest to in another, and why it is thought so."""

    from_: str
    to: tuple[str, ...]
    basis: str
    certainty: str
    note: str = ""


class Map(_Pack):
    """The suggested way from one framework to another."""

    from_: str
    to: str
    rows: tuple[Row, ...]


class Crosswalk(_Pack):
    """All maps. Made by this project, published by no regulator."""

    version: str
    basis_words: dict[str, str]
    maps: tuple[Map, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A counterpart that somebody may choose, and why it is suggested."""

    reference: Reference
    because: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Named:
    """A reference in words."""

    reference: Reference
    words: str
    framework: str
    group: str
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class Library:
    """Every framework version there is, and the crosswalk between them."""

    frameworks: tuple[Framework, ...]
    crosswalk: Crosswalk

    @property
    def offered(self) -> tuple[Framework, ...]:
        """The newest version of each: those in force first, regulations last."""
        newest = {pack.id: pack for pack in sorted(self.frameworks, key=lambda pack: pack.version)}
        return tuple(sorted(newest.values(), key=lambda pack: (pack.kind == REGULATIONS, not pack.is_in_force)))

    def find(self, reference: Reference) -> Framework | None:
        """The very version that a reference names; None where it, or the statement, is not there."""
        for pack in self.frameworks:
            if (pack.id, pack.version) == (reference.framework, reference.version):
                return pack if reference.statement in pack.statements else None
        return None

    def name(self, reference: Reference) -> Named:
        """A reference in words, or by its keys where its pack is not here any more."""
        pack = self.find(reference)
        if pack is None:
            return Named(reference, reference.statement, f"{reference.framework} {reference.version}", "", False)
        title = next(title for title, group in pack.groups if any(s.id == reference.statement for s in group))
        words = pack.statements[reference.statement].words
        return Named(reference, words, f"{pack.short_title} {pack.version}", title, pack.is_in_force)

    def suggested_for(self, chosen: Iterable[Reference]) -> dict[Reference, tuple[Suggestion, ...]]:
        """For each chosen statement what the crosswalk suggests beside it, without what is chosen already."""
        known = tuple(chosen)
        return {one: tuple(s for s in self._suggested(one) if s.reference not in known) for one in known}

    def _suggested(self, chosen: Reference) -> list[Suggestion]:
        newest = {pack.id: pack for pack in self.offered}
        found: list[Suggestion] = []
        for way in self.crosswalk.maps:
            if way.from_ != chosen.framework or way.to not in newest:
                continue
            for row in way.rows:
                because = f"{self.crosswalk.basis_words[row.basis]}; {row.note}".removesuffix("; ")
                if row.from_ == chosen.statement:
                    known = [key for key in row.to if key in newest[way.to].statements]
                    found += [Suggestion(newest[way.to].reference(key), because, row.certainty) for key in known]
        return found

    def unknown(self, references: Iterable[Reference]) -> str | None:
        """Why these cannot be the references of an action, in words; None where they can."""
        stated = tuple(references)
        for reference in stated:
            if self.find(reference) is None:
                return f"“{reference}” is not a statement of a framework that is here. Choose from the list."
        return self.too_many(stated)

    def too_many(self, references: Iterable[Reference]) -> str | None:
        """Why these are more than an action can be about; None where they are not."""
        if len(tuple(references)) <= MOST_REFERENCES:
            return None
        return f"Choose at most {MOST_REFERENCES}: the few statements that the finding is really about."

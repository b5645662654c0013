"""Plans: what an action needs next, as the process says it and commands and flows carry it out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.ladder import RungDue
from domain.vocabulary import Control, Form, Status


@dataclass(frozen=True, slots=True)
class StepToOpen:
    """A task that somebody has to be given now. `who` is “owner” or a role."""

    key: str
    round: int
    control: Control
    form: Form
    title: str
    who: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What an action needs next, and until when its flow may sleep."""

    status: Status
    waiting_for: str
    opens: tuple[StepToOpen, ...] = ()
    voids: tuple[UUID, ...] = ()
    rungs_due: tuple[RungDue, ...] = ()
    until: datetime | None = None
    re_audit: int | None = None
    """The number of the re-audit that a closed action waits for: its day, or somebody to do it."""
    shows_re_audits: bool = False
    """Re-audits were planned, decided or voided, and the engine does not show it yet."""
    missed: UUID | None = None
    """A re-audit step that nobody did before its ladder ran out: the action reopens."""
    problem: str | None = None

    @property
    def finished(self) -> bool:
        """Nothing is left to wait for in this cycle: closed, cancelled or superseded."""
        return not self.status.is_open

    @property
    def closed(self) -> bool:
        return self.status in (Status.CLOSED_MONITORING, Status.SUSTAINED)

"""More time: what whoever asks for it must say, and what whoever decides on it must say.

The original date stands for ever, whatever is granted; granting says the same three facts as the
answer to an escalation, since the risk runs on meanwhile (the tracker's own rule).
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TimeAnswer:
    """What somebody decided on a request for more time. Only granting needs the risk, its control and a date."""

    granted: bool
    reason: str
    risk_now: str = ""
    interim_control: str = ""
    revised_due_at: datetime | None = None

    @property
    def new_due_at(self) -> datetime | None:
        """The date from now on; None where it stays."""
        return self.revised_due_at if self.granted else None


def lacking_to_ask(reason: str, wanted: datetime | None, now: datetime) -> dict[str, str]:
    """What a request still lacks, by field; empty when it can be asked."""
    fields: dict[str, str] = {}
    if len(reason.strip()) < 5:
        fields["reason"] = "Say why more time is needed."
    if wanted is None:
        fields["wanted"] = "Give the date you can do it by, for example 3 12 2026."
    elif wanted <= now:
        fields["wanted"] = "The date must be in the future."
    return fields


def lacking(answer: TimeAnswer, now: datetime) -> dict[str, str]:
    """What a decision still lacks, by field; empty when it counts."""
    fields: dict[str, str] = {}
    if len(answer.reason.strip()) < 5:
        fields["reason"] = "Say why."
    if answer.granted and len(answer.risk_now.strip()) < 10:
        fields["risk_now"] = "Say what the risk to people is until then."
    if answer.granted and len(answer.interim_control.strip()) < 10:
        fields["interim_control"] = "Say what controls the risk until then."
    if answer.granted and answer.revised_due_at is None:
        fields["revised_due"] = "Give the new date, for example 3 12 2026."
    if answer.granted and answer.revised_due_at is not None and answer.revised_due_at <= now:
        fields["revised_due"] = "The new date must be in the future."
    return fields

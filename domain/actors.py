"""Who does something, and how the service knows."""

from dataclasses import dataclass
from uuid import UUID

from domain.vocabulary import Identified


@dataclass(frozen=True, slots=True)
class Actor:
    """A person by link, login or the operator's shell, another system by its key, or the service itself."""

    person_id: UUID | None
    identified_by: Identified
    role: str | None = None
    link_id: UUID | None = None
    key_id: UUID | None = None

    @property
    def known(self) -> UUID:
        """The person's key; commands that only people may do call this."""
        if self.person_id is None:
            raise NotAPerson
        return self.person_id

    @property
    def is_signed_in(self) -> bool:
        """Whether they came through the front door, and so have pages of their own to go back to."""
        return self.identified_by in (Identified.LOGIN, Identified.SECOND_FACTOR)


class NotAPerson(PermissionError):
    """Only a person can do this."""


SYSTEM = Actor(None, Identified.SYSTEM)
OPERATOR = Actor(None, Identified.OPERATOR)

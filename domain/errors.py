"""Refusals: what a person asked for could not be done, and what to do instead.

The message is for the person. `code` is stable, for programs; pages choose the HTTP status by class.
"""

from collections.abc import Sequence

from domain.closing import Missing


class Refused(Exception):
    """What was asked can't be done. The message says why and what to do next."""

    code = "refused"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class NotFound(Refused):
    """There is nothing here, or it is not yours to see."""

    code = "not-found"


class NotAllowed(Refused):
    """You do not have the role for this. Ask your registered manager."""

    code = "not-allowed"


class AlreadySettled(Refused):
    """This has been answered already. What you sent has been kept on the record."""

    code = "already-settled"


class Invalid(Refused):
    """Some answers need another look. `fields` names each with its reason."""

    code = "invalid"

    def __init__(self, fields: dict[str, str], message: str | None = None) -> None:
        super().__init__(message or "; ".join(fields.values()))
        self.fields = fields


class GateClosed(Refused):
    """The action cannot close yet. `fields` names answers on the same form that need another look as well."""

    code = "gate-closed"

    def __init__(self, missing: Sequence[Missing], fields: dict[str, str] | None = None) -> None:
        super().__init__("The action cannot close yet: " + " ".join(item.words for item in missing))
        self.missing = tuple(missing)
        self.fields = fields or {}


class LinkDead(Refused):
    """This link no longer works. Ask for a new one."""

    code = "link-dead"

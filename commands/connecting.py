"""Who may connect other systems: an administrator, for the locations they administer."""

from uuid import UUID

from commands.office import Office
from db.people import roles_of
from db.session import Transaction
from domain.errors import NotAllowed
from domain.vocabulary import Identified, Role


class NotYours(NotAllowed):
    """Only an administrator of that location can do this; for all locations, one who administers them all."""

    code = "not-allowed"


async def check_may_connect(tx: Transaction, office: Office, location_id: UUID | None) -> None:
    """Raise NotYours unless the actor administers the location, or all of them where none is given."""
    if tx.actor.identified_by is Identified.OPERATOR:
        return
    held = await roles_of(tx.connection, tx.actor.known, office.calendar.day_of(tx.now))
    places = {location for role, location in held if role == Role.ADMINISTRATOR}
    if None not in places and (location_id is None or location_id not in places):
        raise NotYours

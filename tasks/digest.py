"""What the digest's flow asks of the tracker."""

from commands import digest
from commands.office import utc_now
from settings import Settings
from tasks.desk import the_office
from tasks.steps import step


@step(name="send digests")
async def send_digests() -> int:
    """Queue today's digests; how many people have something to read."""
    return await digest.send_digests(the_office(), Settings().organisation, utc_now())

"""The daily digest, by its schedule: what is late and what is soon due, one mail a person."""

from prefect import flow

from tasks.digest import send_digests


@flow(name="digest", persist_result=False)
async def run_digest() -> None:
    """Queue today's digests, unless they went out already.

    Scheduled for every hour of the working day and not once: a run that Prefect lost, or that its
    deployment's registration replaced, is made up for by the next. The day is in each mail's key, so
    nobody gets two.
    """
    await send_digests()

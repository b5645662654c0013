"""A worker's delivery loop in a process of its own, to be killed: `deliver DATABASE PORT HOME`."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import notifications.delivery as delivery
from db.engine import make_engine
from tests.notifications.outbox import settings_for


async def main(database: str, port: int, home: Path) -> None:
    # A dead worker's claims run out in a second here, not in three quarters of a minute.
    delivery.CLAIM_FOR = timedelta(seconds=1)
    delivery.RENEW_EVERY = 0.3
    await delivery.DeliveryLoop(make_engine(database), settings_for(port, home)).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))

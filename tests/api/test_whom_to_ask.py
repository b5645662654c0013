"""Whatever a home is mailed about, the mail says whom to ask."""

from sqlalchemy import text

from tests.api.house import House


async def test_every_mail_of_a_busy_home_names_whom_to_ask(house: House) -> None:
    async with house.engine.connect() as connection:
        asked = text("SELECT kind, context ? 'questions' AS names FROM message")
        found = [(row.kind, row.names) for row in await connection.execute(asked)]
    assert len({kind for kind, _ in found}) > 10
    assert {kind for kind, names in found if not names} == set()

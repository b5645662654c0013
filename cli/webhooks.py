"""`followthrough webhooks`: who is told of changes, what did not arrive, and new secrets."""

import sys
from typing import Annotated, Any
from uuid import UUID

from cyclopts import App, Parameter

from cli.flags import ForPrograms, OneLocation
from cli.keys import named_location
from cli.running import in_office, show
from commands.office import Office, utc_now
from commands.webhook_test import send_test_call
from commands.webhooks import NewSecret, add_webhook, change_secret, send_again, stop_webhook
from db.ids import new_id
from db.webhooks import dead_deliveries, list_webhooks
from domain.actors import OPERATOR
from domain.connecting import EventKind
from settings import Settings

app = App(name="webhooks")
AWebhook = Annotated[UUID, Parameter(help="Its id, as “webhooks list” shows it.")]


@app.command
def add(
    url: Annotated[str, Parameter(help="Where calls go; begins with https://.")],
    *,
    event: Annotated[
        list[EventKind] | None, Parameter(help="What it is told of; say it again for another. All where none is named.")
    ] = None,
    location: OneLocation = None,
    json: ForPrograms = False,
) -> None:
    """Tell a receiver of these events, or of all. Its secret is shown this once."""
    settings = Settings()

    async def work(office: Office) -> NewSecret:
        place = await named_location(office, location)
        kinds = frozenset(event or EventKind)
        return await add_webhook(office, OPERATOR, new_id(), url, kinds, place, utc_now(), settings.own_ports)

    _show_secret(in_office(work, settings), json)


@app.command(name="list")
def list_(*, json: ForPrograms = False) -> None:
    """Every webhook, and what did not arrive."""

    async def work(office: Office) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with office.engine.connect() as connection:
            hooks = [dict(row._mapping) for row in await list_webhooks(connection, None)]
            return hooks, [dict(row._mapping) for row in await dead_deliveries(connection, None)]

    hooks, dead = in_office(work)
    if json:
        show({"webhooks": hooks, "dead": dead})
        return
    for hook in hooks:
        state = "stopped" if hook["stopped_at"] else "works"
        counts = (
            f"{hook['delivered']} delivered, {hook['waiting']} waiting, {hook['dead']} dead, {hook['dropped']} dropped"
        )
        print(f"{hook['id']}  {hook['url']}  {state}  {hook['location'] or 'all locations'}  {counts}")
    for letter in dead:
        print(f"dead  {letter['id']}  {letter['kind']} of {letter['ref']} to {letter['url']}: {letter['last_error']}")


@app.command(name="new-secret")
def new_secret(webhook: AWebhook, *, json: ForPrograms = False) -> None:
    """Take a new secret; the old one signs beside it for a day."""

    async def work(office: Office) -> NewSecret:
        async with office.engine.connect() as connection:
            hooks = {row.id: row.secret_version for row in await list_webhooks(connection, None)}
        return await change_secret(office, OPERATOR, webhook, hooks.get(webhook, 0), utc_now())

    _show_secret(in_office(work), json)


@app.command
def test(webhook: AWebhook) -> None:
    """Make one signed call now, and say what it was answered; exits with 1 where it was not taken."""
    private = Settings().webhooks_to_private_addresses
    tested = in_office(lambda office: send_test_call(office, OPERATOR, webhook, utc_now(), allow_private=private))
    print(tested.words)
    if not tested.took_it:
        sys.exit(1)


@app.command
def stop(webhook: AWebhook) -> None:
    """Tell it nothing more."""
    in_office(lambda office: stop_webhook(office, OPERATOR, webhook, utc_now()))
    print("The webhook is stopped.")


@app.command(name="send-again")
def again(delivery: Annotated[UUID, Parameter(help="Its id, as “webhooks list” shows it.")]) -> None:
    """Send something that did not arrive again, by its id."""
    in_office(lambda office: send_again(office, OPERATOR, delivery, utc_now()))
    print("It is sent again.")


def _show_secret(made: NewSecret, json: bool) -> None:
    if json:
        show({"id": made.id, "secret": made.secret})
    else:
        print(f"Webhook {made.id}. Keep its secret now: it is not shown again.\n{made.secret}")

"""One mail to one server: what each answer means."""

import asyncio

import pytest

from notifications.mailer import BadSmtpUrl, Mailer, RefusedForGood, ServerDown, TryAgain, Unknown
from tests.notifications.smtp_server import Postbox, free_port, serving

MAIL = b"Subject: hello\r\nMessage-ID: <1@example.org>\r\n\r\n.a line that begins with a dot\r\n"
FROM, TO = "actions@example.org", "tam@example.org"


async def test_one_connection_carries_many_mails_and_dots_survive() -> None:
    box, port = Postbox(), free_port()
    async with serving(box, port):
        mailer = Mailer(f"smtp://127.0.0.1:{port}")
        for _ in range(5):
            await mailer.send(MAIL, TO, FROM)
        await mailer.close()
    assert box.connections == 1
    assert box.mails[0].get_content().startswith(".a line")


@pytest.mark.parametrize(
    ("answers", "means"),
    [
        ({"on_recipient": {TO: ["450 busy"]}}, TryAgain),
        ({"on_recipient": {TO: ["550 unknown"]}}, RefusedForGood),
        ({"on_mail": {TO: ["451 later"]}}, TryAgain),
        ({"on_mail": {TO: ["552 too big"]}}, RefusedForGood),
        ({"refuses_sender": ["550 not you"]}, ServerDown),
        ({"dropped_after": {TO}}, Unknown),
    ],
)
async def test_each_refusal_means_what_its_stage_says(answers: dict[str, object], means: type[Exception]) -> None:
    box, port = Postbox(**answers), free_port()  # type: ignore[arg-type]
    async with serving(box, port):
        mailer = Mailer(f"smtp://127.0.0.1:{port}")
        with pytest.raises(means) as raised:
            await mailer.send(MAIL, TO, FROM)
        assert raised.type is means
        await mailer.send(MAIL, "dara@example.org", FROM)
        await mailer.close()
    assert box.mails[-1]["Subject"] == "hello"


async def test_a_server_that_is_not_there_is_down() -> None:
    with pytest.raises(ServerDown):
        await Mailer(f"smtp://127.0.0.1:{free_port()}").send(MAIL, TO, FROM)


async def test_a_server_that_says_nothing_is_down() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    port = free_port()
    server = await asyncio.start_server(silent, "127.0.0.1", port)
    async with server:
        with pytest.raises(ServerDown):
            await Mailer(f"smtp://127.0.0.1:{port}", timeout=0.3).send(MAIL, TO, FROM)


async def test_a_recipient_that_takes_too_long_is_tried_again() -> None:
    box, port = Postbox(slow={TO}), free_port()
    async with serving(box, port):
        with pytest.raises(TryAgain):
            await Mailer(f"smtp://127.0.0.1:{port}", timeout=0.3).send(MAIL, TO, FROM)


async def test_an_address_with_letters_the_server_cannot_take_is_refused_for_good() -> None:
    box, port = Postbox(), free_port()
    async with serving(box, port):
        with pytest.raises(RefusedForGood):
            await Mailer(f"smtp://127.0.0.1:{port}").send(MAIL, "zoë@example.org", FROM)


async def test_an_address_cannot_carry_a_second_command() -> None:
    box, port = Postbox(), free_port()
    async with serving(box, port):
        with pytest.raises(RefusedForGood):
            await Mailer(f"smtp://127.0.0.1:{port}").send(MAIL, "a@example.org>\r\nRCPT TO:<b@example.org", FROM)
    assert box.mails == []


async def test_starttls_does_not_fall_back_to_plain() -> None:
    box, port = Postbox(), free_port()
    async with serving(box, port):
        with pytest.raises(ServerDown):
            await Mailer(f"smtp+starttls://user:word@127.0.0.1:{port}").send(MAIL, TO, FROM)
    assert box.mails == []


@pytest.mark.parametrize("url", ["http://example.org", "smtp://", "mail.example.org:25", "smtp://h?connections=0"])
def test_an_address_that_is_none_names_the_setting(url: str) -> None:
    with pytest.raises(BadSmtpUrl):
        Mailer(url)
    assert "FOLLOWTHROUGH_SMTP_URL" in str(BadSmtpUrl.__doc__)


def test_the_number_of_connections_can_be_kept_small() -> None:
    assert Mailer("smtp://mail.example.org?connections=3").connections == 3

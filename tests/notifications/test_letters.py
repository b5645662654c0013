"""What each mail says, word for word, and what may never be in one.

`python -m tests.notifications.test_letters` writes the golden files anew; read the difference before you commit it.
"""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from notifications.compose import compose, message_id
from notifications.letter import LONGEST_SUBJECT, Letter, Reader
from notifications.letters import assignment
from notifications.letters_personal import digest
from tests.notifications.every_kind import ABOUT, DUE, NOW, UNTIL, every_kind
from tests.notifications.outbox import SENDER, a_letter, a_row

GOLDEN = Path(__file__).parent / "golden"
SCRIPT = '<script>alert("x")</script><img src=x onerror=y>'


def read(letter: Letter, **row: object) -> EmailMessage:
    return message_from_bytes(compose(a_row(letter, **row), SENDER, NOW), policy=policy.default)


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def golden(letter: Letter) -> str:
    mail = read(letter)
    return f"Subject: {mail['Subject']}\n\n{body(mail, 'plain')}"


@pytest.mark.parametrize("kind", sorted(every_kind()))
def test_each_mail_says_what_was_agreed(kind: str) -> None:
    assert golden(every_kind()[kind]) == (GOLDEN / f"{kind}.txt").read_text()


@pytest.mark.parametrize("kind", sorted(every_kind()))
def test_each_mail_says_the_same_in_html_with_its_style_inlined(kind: str) -> None:
    letter = every_kind()[kind]
    html = body(read(letter), "html")
    assert "<style" not in html
    assert "{{" not in html
    assert "{%" not in html
    assert letter.headline.split(":")[0] in html
    assert html.count("<h1") == 1
    assert "src=" not in html


@pytest.mark.parametrize("kind", sorted(every_kind()))
def test_each_mail_is_marked_as_written_by_a_machine(kind: str) -> None:
    mail = read(every_kind()[kind])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == message_id(a_row(every_kind()[kind]).id, SENDER)
    assert mail["From"] == "Followthrough at Hartwell Care <actions@example.org>"
    assert all(len(line) <= 998 for line in compose(a_row(every_kind()[kind]), SENDER, NOW).splitlines())


def test_the_mails_of_one_action_are_one_thread() -> None:
    first, second = read(a_letter()), read(a_letter())
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert read(a_letter(), thread_id=None)["References"] is None


def test_the_same_row_is_the_same_mail_byte_for_byte() -> None:
    row = a_row(every_kind()["assignment"])
    assert compose(row, SENDER, NOW) == compose(row, SENDER, NOW)


def test_the_due_date_is_attached_as_a_calendar_entry() -> None:
    (entry,) = read(every_kind()["assignment"]).iter_attachments()
    ics = entry.get_content()
    assert entry.get_filename() == "FT-2026-0231.ics"
    assert "DTSTART;VALUE=DATE:20261203" in ics
    assert "FT-2026-0231" in ics


def test_a_due_date_just_after_midnight_in_summer_is_that_day() -> None:
    midnight = ABOUT.calendar.at(DUE.replace(month=7).date(), DUE.time().replace(hour=0, minute=30))
    letter = assignment(replace(ABOUT, now=midnight - timedelta(days=9)), Reader("Tam"), midnight, NOW, UNTIL)
    assert letter.calendar_due == "2026-07-03"


def test_what_people_typed_stays_words() -> None:
    letter = a_letter(headline=SCRIPT, body=[SCRIPT], counts_title="x", counts=[SCRIPT], because=SCRIPT, hello=SCRIPT)
    html = body(read(letter), "html")
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("&lt;script&gt;") == 5
    assert SCRIPT in body(read(letter), "plain")


def test_typed_jinja_is_not_run() -> None:
    mail = read(a_letter(headline="{{ 7 * 7 }} {% raw %}"))
    assert "{{ 7 * 7 }}" in body(mail, "plain")
    assert "{{ 7 * 7 }}" in body(mail, "html")


@pytest.mark.parametrize("break_in", ["\r\n", "\n", "\r", "\u2028", "\x00", "\x85"])
def test_no_header_can_be_slipped_in(break_in: str) -> None:
    bad = f"Tam{break_in}Bcc: odd@example.org{break_in}{break_in}body"
    raw = compose(a_row(a_letter(subject=f"FT-1: {bad}"), to_name=bad, to_address=f"t@example.org{bad}"), SENDER, NOW)
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["Message-ID"] is not None
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "name", ["Zoë Ångström-Łuk", "Inventby, Tam", 'Tam "T" Inventby', "山田", "x" * 200, "é" * 12, ""]
)
def test_any_name_can_be_written_to(name: str) -> None:
    to = read(a_letter(), to_name=name)["To"].addresses
    assert [(who.display_name, who.addr_spec) for who in to] == [(name, "tam@example.org")]


@pytest.mark.parametrize("words", ["Pflegeprüfung – 3 Dezember", "=?utf-8?q?trick?=", "a" * 140, "ü " * 70, "🙂" * 40])
def test_any_subject_arrives_as_written(words: str) -> None:
    assert read(a_letter(subject=words))["Subject"].strip() == words.strip()


def test_a_long_title_leaves_room_for_the_date() -> None:
    subject = ABOUT.subject("very long words " * 40, DUE)
    assert len(subject) <= LONGEST_SUBJECT
    assert subject.endswith("… – due 3 December 2026")


def test_an_abbreviation_keeps_its_capitals() -> None:
    about = replace(ABOUT, title="CQC notification sent")
    assert "CQC notification" in assignment(about, Reader("Tam"), DUE, NOW, UNTIL).subject


def test_there_is_no_digest_of_nothing() -> None:
    assert digest("Hartwell Care", "Tam", [], [], "/work") is None


def test_the_link_is_in_the_mail_whole_and_its_token_nowhere_else() -> None:
    letter = every_kind()["evidence-asked"]
    mail = read(letter)
    text = body(mail, "plain")
    (link,) = [line for line in text.splitlines() if line.startswith("https://")]
    assert link.startswith("https://followthrough.example.org/do/")
    assert f'href="{link}"' in body(mail, "html")
    assert link.rpartition("/")[2] not in str(letter.frozen())


def test_a_reply_address_is_used_where_there_is_one() -> None:

    raw = compose(a_row(a_letter()), replace(SENDER, reply_to="quality@example.org"), NOW + timedelta(hours=1))
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Reply-To"] == "quality@example.org"
    assert "reply to this mail" in body(mail, "plain")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, letter in every_kind().items():
        (GOLDEN / f"{name}.txt").write_text(golden(letter))

"""From a queued message to the bytes of a mail: text and HTML, threaded, with the same Message-ID every time."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import css_inline
from icalendar import Calendar as IcsCalendar
from icalendar import Event
from jinja2 import Environment, StrictUndefined, Template

from notifications.links import mint, password_url, step_url

EMAIL_TEMPLATES = Path(__file__).parent.parent / "templates" / "email"


def _upper_first(words: str) -> str:
    return words[:1].upper() + words[1:]


@cache
def _template(name: str) -> Template:
    source = (EMAIL_TEMPLATES / name).read_text()
    is_html = name.endswith(".html.jinja")
    if is_html:
        # Inlined once, on the template: doing it for every mail would cost more than all the rest.
        source = _inlined(source)
    environment = Environment(autoescape=is_html, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    environment.filters["upper_first"] = _upper_first
    return environment.from_string(source)


def _inlined(source: str) -> str:
    """Inline the CSS while Jinja's tags stand as they are: its HTML parser moves none of them in our markup."""
    inlined = css_inline.CSSInliner(keep_style_tags=False).inline(source)
    return inlined.replace("%7B%7B%20", "{{ ").replace("%20%7D%7D", " }}")


def domain_of(mail_from: str) -> str:
    return mail_from.rpartition("@")[2] or "followthrough.invalid"


def message_id(message_uuid: UUID, mail_from: str) -> str:
    """Derived from the row, so that a mail sent twice after a crash is recognised as one."""
    return f"<{message_uuid.hex}@{domain_of(mail_from)}>"


def url_of(row: Any, address: str, secret_key: bytes) -> str | None:
    """Where the button leads. Tokens exist only here, on the way into the mail."""
    target = row.context.get("target")
    if target == "step" and row.link_id is not None:
        return step_url(address, mint(secret_key, row.link_id).token)
    if target == "password" and row.link_id is not None:
        return password_url(address, mint(secret_key, row.link_id).token)
    if target and target.startswith("/"):
        return f"{address}{target}"
    return None


def compose(row: Any, *, mail_from: str, organisation: str, address: str, secret_key: bytes) -> EmailMessage:
    """The mail for one row of the outbox."""
    letter: dict[str, Any] = {
        name: None for name in ("due", "due_note", "button", "counts_title", "until", "calendar_due")
    } | {"body": [], "counts": [], "more": [], **row.context}
    facts = {"letter": letter, "url": url_of(row, address, secret_key), "organisation": organisation}
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _one_line(letter["subject"])
    mail["From"] = _address(f"Followthrough at {organisation}", mail_from)
    mail["To"] = _address(row.to_name, row.to_address)
    mail["Date"] = format_datetime(row.created_at)
    mail["Message-ID"] = message_id(row.id, mail_from)
    mail["Auto-Submitted"] = "auto-generated"
    if row.thread_id is not None:
        thread = f"<thread-{row.thread_id.hex}@{domain_of(mail_from)}>"
        mail["References"] = thread
        mail["In-Reply-To"] = thread
    mail.set_content(_template("letter.txt.jinja").render(facts), cte="quoted-printable")
    mail.add_alternative(_template("letter.html.jinja").render(facts), subtype="html", cte="base64")
    if letter["calendar_due"]:
        _attach_calendar(mail, row, letter, mail_from)
    return mail


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _address(name: str, address: str) -> Address:
    return Address(display_name=_one_line(name), addr_spec=address)


def _attach_calendar(mail: EmailMessage, row: Any, letter: dict[str, Any], mail_from: str) -> None:
    due = datetime.fromisoformat(letter["calendar_due"])
    event = Event()
    event.add("uid", f"{(row.step_id or row.id).hex}@{domain_of(mail_from)}")
    event.add("dtstamp", row.created_at)
    event.add("dtstart", due.date())
    event.add("summary", letter["subject"])
    calendar = IcsCalendar()
    calendar.add("prodid", "-//Followthrough//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    ref = letter["subject"].partition(":")[0]
    mail.add_attachment(calendar.to_ical(), maintype="text", subtype="calendar", filename=f"{ref}.ics")

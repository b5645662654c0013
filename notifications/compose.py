"""From a queued message to the bytes of a mail: text and HTML, threaded, with the same Message-ID every time."""

import re
import textwrap
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import format_datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import css_inline
from icalendar import Calendar as IcsCalendar
from icalendar import Event
from jinja2 import Environment, StrictUndefined, Template

from notifications.links import mint, password_url, step_url
from notifications.mime import Parts, header_words, mail_bytes, mailbox
from settings import Settings

EMAIL_TEMPLATES = Path(__file__).parent.parent / "templates" / "email"
TEXT_WIDTH = 72
_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("due", "due_note", "button", "counts_title", "also_title", "until", "questions", "calendar_due")),
    **dict.fromkeys(("body", "counts", "also", "more"), ()),
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails come from, and where their links lead. `domain` is the right-hand side of our Message-IDs."""

    mail_from: str
    organisation: str
    address: str
    secret_key: bytes
    reply_to: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The sender of this installation."""
        return cls(
            mail_from=settings.mail_from,
            organisation=settings.organisation,
            address=settings.address,
            secret_key=settings.secret_key,
            reply_to=settings.reply_to,
        )

    @property
    def domain(self) -> str:
        return self.mail_from.rpartition("@")[2] or "followthrough.invalid"

    @property
    def name(self) -> str:
        return f"Followthrough at {self.organisation}"


def compose(row: Any, sender: Sender, now: datetime) -> bytes:
    """The mail for one row of the outbox."""
    letter = _NOTHING | row.context
    words = {
        "letter": letter,
        "url": url_of(row, sender),
        "organisation": sender.organisation,
        "reply_to": sender.reply_to,
    }
    due = letter["calendar_due"]
    return mail_bytes(
        Parts(
            seed=row.id.hex,
            headers=_headers(row, letter["subject"], sender, now),
            text=_template("letter.txt.jinja").render(words),
            html=_template("letter.html.jinja").render(words),
            calendar=_calendar(row, letter["subject"], date.fromisoformat(due[:10]), sender) if due else None,
            calendar_name=f"{_reference(letter['subject'])}.ics",
        )
    )


def message_id(message_uuid: UUID, sender: Sender) -> str:
    """Derived from the row, so that a mail sent twice after a crash is recognised as one."""
    return f"<{message_uuid.hex}@{sender.domain}>"


def url_of(row: Any, sender: Sender) -> str | None:
    """Where the button leads. Tokens exist only here, on the way into the mail."""
    target = row.context.get("target")
    if target == "step" and row.link_id is not None:
        return step_url(sender.address, mint(sender.secret_key, row.link_id).token)
    if target == "password" and row.link_id is not None:
        return password_url(sender.address, mint(sender.secret_key, row.link_id).token)
    if target and target.startswith("/"):
        return f"{sender.address}{target}"
    return None


def _headers(row: Any, subject: str, sender: Sender, now: datetime) -> list[tuple[str, str]]:
    headers = [
        ("Subject", header_words(subject, "Subject")),
        ("From", mailbox(sender.name, sender.mail_from, "From")),
        ("To", mailbox(row.to_name, row.to_address, "To")),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id(row.id, sender)),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    if sender.reply_to:
        headers.append(("Reply-To", mailbox("", sender.reply_to, "Reply-To")))
    if row.thread_id is not None:
        thread = f"<thread-{row.thread_id.hex}@{sender.domain}>"
        headers += [("References", thread), ("In-Reply-To", thread)]
    return headers


def _reference(subject: str) -> str:
    """FT-2026-0231, as the subject begins with it."""
    return re.sub(r"[^A-Za-z0-9-]", "", subject.partition(":")[0]) or "due"


def _calendar(row: Any, subject: str, due: date, sender: Sender) -> bytes:
    event = Event()
    event.add("uid", f"{(row.step_id or row.id).hex}@{sender.domain}")
    event.add("dtstamp", row.created_at)
    event.add("dtstart", due)
    event.add("summary", subject)
    event.add("transp", "TRANSPARENT")
    calendar = IcsCalendar()
    calendar.add("prodid", "-//Followthrough//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


@cache
def _template(name: str) -> Template:
    source = (EMAIL_TEMPLATES / name).read_text(encoding="utf-8")
    is_html = name.endswith(".html.jinja")
    if is_html:
        # Inlined once, on the template: doing it for every mail would cost more than all the rest.
        source = _inlined(source)
    environment = Environment(
        # Plain text is not escaped.
        autoescape=is_html,  # noqa: S701
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrapped"] = _wrapped
    return environment.from_string(source)


def _inlined(source: str) -> str:
    """Inline the CSS while Jinja's tags stand as they are: its HTML parser moves none of them in our markup."""
    inlined = css_inline.CSSInliner(keep_style_tags=False).inline(source)
    return inlined.replace("%7B%7B%20", "{{ ").replace("%20%7D%7D", " }}")


def _wrapped(words: str, indent: str = "") -> str:
    """Lines of a width that people read well; a link is never broken."""
    return "\n".join(_filled(line, indent) for line in words.splitlines() or [""])


@lru_cache(maxsize=1024)
def _filled(line: str, indent: str) -> str:
    """One line of a mail. Most say the same in every mail."""
    return textwrap.fill(line, TEXT_WIDTH, break_long_words=False, break_on_hyphens=False, subsequent_indent=indent)

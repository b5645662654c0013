"""The receipt by mail for what somebody sent by link, whether it counted or came too late."""

from datetime import timedelta

from commands.answering import Answer, Asked, Receipt
from commands.office import Office
from commands.telling import Mail, about, tell
from db.outbox import WHENEVER
from db.session import Transaction
from domain.acknowledging import LATE, Next, next_words, sent_lines
from domain.vocabulary import Control, Form
from notifications.letters_receipt import receipt as receipt_letter

AFTER = timedelta(seconds=10)
"""How long a receipt waits: whoever is asked next hears of it first, also where mail is slow."""


def tell_receipt(tx: Transaction, office: Office, asked: Asked, receipt: Receipt, answer: Answer) -> None:
    """Mail a copy to whoever answered by link. Signed-in people have theirs under “My work”.

    A yes that is followed at once by the mail with what to do needs none: that mail says that it arrived.
    """
    person = asked.link.person if asked.link else None
    if asked.link is None or person is None or _is_followed_at_once(asked, receipt):
        return
    words = LATE if not receipt.counted else _next_words(tx, office, asked, receipt)
    letter = receipt_letter(
        about(tx, office, asked.action),
        person.name,
        asked.action.title if asked.step.form == Form.ACCEPTANCE else asked.step.title,
        receipt.reference,
        sent_lines(answer.words),
        words,
        asked.link.expires_at,
        late=not receipt.counted,
    )
    mail = Mail("receipt", person, letter, receipt.submission_id, priority=WHENEVER)
    tell(tx, office, asked.action, mail, at_once=True, wait=AFTER)


def _is_followed_at_once(asked: Asked, receipt: Receipt) -> bool:
    if asked.step.form != Form.ACCEPTANCE or receipt.moved is None or asked.link is None:
        return False
    return any(one.choice and one.choice.assignee_id == asked.link.person_id for one in receipt.moved.opened)


def _next_words(tx: Transaction, office: Office, asked: Asked, receipt: Receipt) -> str:
    opened = [
        Next(one.ask.title, one.ask.due_at, tx.people[one.choice.assignee_id].name if one.choice else None)
        for one in (receipt.moved.opened if receipt.moved else ())
    ]
    is_evidence = asked.step.control == Control.EVIDENCE
    return next_words(opened, is_evidence=is_evidence, calendar=office.calendar)

"""Approvals by several people, in words: who has agreed, who is still asked, and how many it takes."""

from db.dossier import Dossier
from domain.agreeing import approvals_needed, asked_to_approve, can_agree
from domain.journal import Journal
from domain.saying import say_count, say_list
from domain.vocabulary import Control, Outcome


def approvers(dossier: Dossier) -> list[str]:
    """Who has agreed in the present turn, or had when the action closed."""
    steps = [s for s in dossier.steps if s.control == Control.CLOSE and s.cycle == dossier.head.cycle]
    turn = max((step.round for step in steps), default=0)
    return [s.settled_by_name for s in steps if s.outcome == Outcome.APPROVED and s.round == turn]


def approval_words(dossier: Dossier) -> str | None:
    """Whom an approval waits for, and who has agreed before; None where none is open."""
    waiting = [s.person or "nobody" for s in dossier.open_steps if s.control == Control.CLOSE]
    if not waiting:
        return None
    agreed = approvers(dossier)
    return f"{f'{say_list(agreed)} agreed. ' if agreed else ''}Approval with {say_list(waiting)}"


def agreement_words(dossier: Dossier, journal: Journal) -> str | None:
    """How many must agree and who has, for somebody about to decide; None where one decides alone."""
    asked, needed = len(asked_to_approve(journal)), approvals_needed(journal)
    if needed < 2:
        return None
    agreed = approvers(dossier)
    so_far = f"{say_list(agreed)} agreed before you." if agreed else "Nobody has agreed yet."
    how = f"{needed} of {asked}" if needed < asked else f"All {asked}"
    return f"{how} must agree at {journal.risk} risk, each a person of their own. {so_far}{_too_few(dossier, journal)}"


def _too_few(dossier: Dossier, journal: Journal) -> str:
    """Who is missing where fewer can agree than must, and what to do about it; empty where enough can."""
    roles = [s.role for s in dossier.open_steps if s.control == Control.CLOSE and s.person is None]
    if not roles or can_agree(journal) >= approvals_needed(journal):
        return ""
    return (
        f" It can't close yet: nobody can be asked as {say_list(roles)}. Give somebody the role, or give that step"
        " to a person who had no part in the action."
    )


def agreeing_button(dossier: Dossier, journal: Journal) -> str:
    """What pressing it does: it closes the action, or is one of several."""
    missing = approvals_needed(journal) - len(approvers(dossier))
    return "Approve and close" if missing <= 1 else f"Approve; {say_count(missing - 1, 'other')} must agree too"

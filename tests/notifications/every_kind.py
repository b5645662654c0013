"""One letter of each kind, on a Thursday in November. Everybody here is invented."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from commands.office import england_and_wales
from domain.acknowledging import LATE as LATE_WORDS
from domain.vocabulary import Reopened
from notifications import (
    letters,
    letters_after_closure,
    letters_review,
    letters_small_home,
)
from notifications import letters_late as late
from notifications import letters_personal as personal
from notifications import letters_requests as requests
from notifications.letter import About, Letter
from notifications.letters_ending import closed, ended
from notifications.letters_imported import waits_from_tracker
from notifications.letters_nobody import lies_idle, nobody_to_ask
from notifications.letters_receipt import receipt
from notifications.letters_standing_down import not_asked
from notifications.letters_undelivered import undelivered, webhook_failed

NOW = datetime(2026, 11, 19, 9, tzinfo=UTC)
CALENDAR = england_and_wales()
DUE = CALENDAR.end_of(datetime(2026, 12, 3, tzinfo=UTC).date())
LATE = NOW - timedelta(days=2)
UNTIL = NOW + timedelta(days=28)
ABOUT = About(
    ref="FT-2026-0231",
    title="Weekly weights for everyone at risk of malnutrition",
    why="Our October audit found that 7 of 12 people at risk had no weight in the last 30 days.",
    location="Cedar View",
    now=NOW,
    calendar=CALENDAR,
    questions="Quill Imaginer, quality lead, quill@example.org.",
)
NAME = "Tam Inventby"
MINA = "Mina Pretendall"
NIA = "Nia Testwick"
STEP = "Brief the team on the new meal and weight records"
COUNTS = ["a photo or scan of the signed attendance sheet", "how many came, and what they asked"]
REFERENCE = "FT-2026-0231-7C1E"
TAKEN_BACK = f"“{STEP}” was taken back by whoever sent it. You are asked again once it is in."
SENT = ["briefing attendance, CQC category: feedback from staff and leaders", "attendance.jpg, 1.8 MB"]
NEXT = "Dara Mockley: Check a sample of records, by Thursday 26 November 2026."
ASKS = "asks for more time, until Thursday 17 December 2026"
PATH = "/steps/00000000-0000-0000-0000-000000000002/answer"


def every_kind() -> dict[str, Letter]:
    """By name of its golden file, each naming whom to ask as the commands have it do."""
    asks = ABOUT.questions
    return {name: replace(letter, questions=letter.questions or asks) for name, letter in _written().items()}


def _written() -> dict[str, Letter]:
    return {
        **_asked(),
        **_late(),
        **_requests(),
        **_nobody(),
        **_personal(),
        **_receipts(),
        **_undelivered(),
        **_after_closure(),
        **_ended(),
        **_small_homes(),
        **_reviews(),
        **_imported(),
    }


def _asked() -> dict[str, Letter]:
    """What somebody is asked to do."""
    reasons = "The sheet is from another month.\nThe night shift is missing."
    return {
        "assignment": letters.assignment(ABOUT, NAME, DUE, NOW + timedelta(days=1), UNTIL),
        "assignment-covering": letters.assignment(ABOUT, NAME, DUE, NOW + timedelta(days=1), UNTIL, MINA),
        "assignment-past-its-date": letters.assignment(ABOUT, NAME, LATE, NOW + timedelta(days=1), UNTIL),
        "asked-again": letters.asked_again(
            ABOUT, NAME, DUE, NOW + timedelta(days=1), UNTIL, "The nurse weighs on Saturdays from this week."
        ),
        "asked-again-past-its-date": letters.asked_again(
            ABOUT, NAME, LATE, NOW + timedelta(days=1), UNTIL, "The nurse weighs on Saturdays from this week.", MINA
        ),
        "evidence-asked": letters.evidence_asked(ABOUT, NAME, STEP, DUE, UNTIL, COUNTS, "Dara Mockley"),
        "returned": letters.returned(ABOUT, NAME, STEP, DUE, UNTIL, reasons, COUNTS),
        "account-step": letters.account_step(ABOUT, NAME, "Check a sample of records", DUE, PATH, None),
        "account-step-covering": letters.account_step(ABOUT, NAME, "Check a sample of records", DUE, PATH, MINA),
        "link-renewed": letters.link_renewed(ABOUT, NAME, STEP, DUE, UNTIL),
        "reassigned": letters.reassigned(ABOUT, NAME, STEP, "Tam is on leave until January."),
        "not-asked": not_asked(
            ABOUT, NAME, "Check a sample of records", TAKEN_BACK, "/actions/FT-2026-0231", signs_in=False
        ),
    }


def _late() -> dict[str, Letter]:
    """What is said of a step that is late."""
    return {
        "told-late": late.told_late(ABOUT, NAME, STEP, LATE, None, None, UNTIL),
        "told-late-account": late.told_late(ABOUT, NAME, "Check a sample of records", LATE, None, PATH),
        "told-late-deputy": late.told_late(ABOUT, NAME, STEP, LATE, "Tam Inventby", PATH),
        "escalation": late.escalation(ABOUT, MINA, STEP, LATE, "Tam Inventby", 2, PATH),
        "escalation-covering": late.escalation(ABOUT, MINA, STEP, LATE, "Tam Inventby", 2, PATH, NIA),
    }


def _requests() -> dict[str, Letter]:
    """Somebody needs time or support, and hears what was decided."""
    facts = (STEP, DUE, PATH)
    asks, needs = [f"{NAME} {ASKS}:", "Staff are ill."], [*requests.NEEDS_FOR_TIME]
    return {
        "support-asked": requests.support_asked(
            ABOUT, "Mina Pretendall", "Nobody weighs at the weekend.", DUE, PATH, "Dara Mockley"
        ),
        "request-made": requests.request_made(ABOUT, MINA, "more time asked", asks, *facts, needs),
        "request-made-covering": requests.request_made(ABOUT, MINA, "more time asked", asks, *facts, needs, NIA),
        "request-answered": requests.request_answered(
            ABOUT, NAME, "More time was granted", "The scales come on Monday.", STEP, DUE, UNTIL
        ),
    }


def _nobody() -> dict[str, Letter]:
    """Work that nobody has."""
    return {
        "nobody-to-ask": nobody_to_ask(
            ABOUT,
            MINA,
            [("Agree that it can close", "quality lead"), ("Agree for the board", "nominated individual")],
            "/actions/FT-2026-0231",
        ),
        "lies-idle": lies_idle(
            MINA, "Cedar View", "Tam Inventby has left", [("FT-2026-0231", STEP, "team leader")] * 12
        ),
    }


def _personal() -> dict[str, Letter]:
    """About a person rather than an action."""
    digest = personal.digest("Hartwell Care", NAME, ["FT-2026-0231: brief the team"], ["FT-2026-0232: weigh"], "/work")
    by_link = personal.digest("Hartwell Care", NAME, [], ["FT-2026-0232: weigh, due 20 November 2026"], None)
    assert digest is not None
    assert by_link is not None
    return {
        "set-password": personal.set_password(NAME, UNTIL, CALENDAR),
        "address-changed": personal.address_changed(NAME, is_new=False),
        "covering": personal.covering(NAME, "Mina Pretendall", NOW.date(), DUE.date(), personal.COVER_SIGNS_IN),
        "covering-ended": personal.covering_ended(NAME, "Mina Pretendall"),
        "digest": digest,
        "digest-by-link": by_link,
    }


def _receipts() -> dict[str, Letter]:
    return {
        "receipt": receipt(ABOUT, NAME, STEP, REFERENCE, SENT, NEXT, UNTIL, late=False),
        "receipt-late": receipt(ABOUT, NAME, STEP, REFERENCE, SENT, LATE_WORDS, UNTIL, late=True),
        "closed": closed(ABOUT, NAME, "92 % of plans have a weight.", "/actions/FT-2026-0231", signs_in=True),
        "closed-no-password": closed(
            ABOUT, NAME, "92 % of plans have a weight.", "/actions/FT-2026-0231", signs_in=False
        ),
    }


def _undelivered() -> dict[str, Letter]:
    """What did not arrive."""
    return {
        "undelivered": undelivered(MINA, NAME, "FT-2026-0231", STEP, "/undelivered-mails/1"),
        "undelivered-covering": undelivered(MINA, NAME, "FT-2026-0231", STEP, "/undelivered-mails/1", NIA),
        "undelivered-welcome": undelivered(MINA, NAME, None, None, "/undelivered-mails/1"),
        "webhook-failed": webhook_failed(
            MINA, "incidents.example.org", "Cedar View", 3, "answered 500", None, may_send=True
        ),
        "webhook-gone": webhook_failed(
            MINA,
            "incidents.example.org",
            None,
            1,
            "answered 410: gone",
            "The receiver answered that it is gone (410).",
            may_send=False,
        ),
    }


def _imported() -> dict[str, Letter]:
    return {
        "imported": waits_from_tracker(
            MINA,
            "tracker.xlsx",
            [
                ("FT-2026-0231", "Complete the definition", "Weekly weights"),
                ("FT-2026-0232", "Choose an owner", "Rota"),
            ],
            "Thursday 3 December 2026",
            "/work",
        ),
    }


def _after_closure() -> dict[str, Letter]:
    why = "Of ten plans drawn, four have no weight since October."
    again = "FT-2026-0305: Three people lost weight and no chart says so."
    action, module = "/actions/FT-2026-0231", letters_after_closure
    return {
        "reopened": module.reopened(ABOUT, NAME, Reopened.RE_AUDIT_FAILED, why, DUE, action, signs_in=True),
        "reopened-missed": module.reopened(
            ABOUT, NAME, Reopened.RE_AUDIT_MISSED, "It was due in October.", DUE, action, signs_in=False
        ),
        "reopened-repeat": module.reopened(ABOUT, NAME, Reopened.REPEAT_FINDING, again, DUE, action, signs_in=True),
        "found-again": module.found_again(ABOUT, MINA, "FT-2026-0107", "Nutrition", "/repeats/1"),
        "found-again-covering": module.found_again(ABOUT, MINA, "FT-2026-0107", "Nutrition", "/repeats/1", NIA),
    }


def _ended() -> dict[str, Letter]:
    why = "It was raised twice after the October audit."
    return {
        "cancelled": ended(ABOUT, NAME, "cancelled", why, None, signs_in=True),
        "superseded": ended(ABOUT, NAME, "superseded", why, "FT-2026-0107", signs_in=True),
        "superseded-no-password": ended(ABOUT, NAME, "superseded", why, "FT-2026-0107", signs_in=False),
    }


def _small_homes() -> dict[str, Letter]:
    path, day = "/small-homes/1", DUE.date()
    why = "Three people work here, and one of them is on leave until March."
    module = letters_small_home
    written = {
        "small-home-asked": module.asked(NIA, "Cedar View", why, day, path),
        "small-home-asked-covering": module.asked(NAME, "Cedar View", why, day, path, NIA),
        "small-home-confirmed": module.decided(MINA, "Cedar View", day, path, confirmed=True, reason=""),
        "small-home-refused": module.decided(MINA, "Cedar View", day, path, confirmed=False, reason="Elm Court helps."),
        "small-home-ended": module.ended_early(MINA, "Cedar View", day, path, "A deputy has started."),
    }
    mina, nia = f"{MINA}, mina@example.org.", f"{NIA}, nia@example.org."
    asks = {"small-home-asked": mina, "small-home-asked-covering": mina}
    return {name: replace(letter, questions=asks.get(name, nia)) for name, letter in written.items()}


def _reviews() -> dict[str, Letter]:
    home, path, module = "Cedar View", "/reviews/1", letters_review
    actions = ["FT-2026-0231: weekly weights, in progress", "FT-2026-0232: hand hygiene, returned"]
    dara = "Dara Mockley"
    return {
        "review-asked": module.review_asked(dara, home, actions, DUE, path, CALENDAR, None),
        "review-asked-covering": module.review_asked(NAME, home, actions, DUE, path, CALENDAR, dara),
        "review-late": module.review_late(dara, home, dara, LATE, NOW, path, CALENDAR),
        "review-escalated": module.review_escalated(MINA, home, dara, LATE, NOW, path, CALENDAR),
        "review-escalated-covering": module.review_escalated(NAME, home, dara, LATE, NOW, path, CALENDAR, MINA),
        "review-given": module.review_given(NAME, home, DUE, path, CALENDAR),
        "review-given-covering": module.review_given(NAME, home, DUE, path, CALENDAR, dara),
        "review-taken": module.review_taken(dara, home, DUE, "Tam does it while you are on nights.", CALENDAR),
    }

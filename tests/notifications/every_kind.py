"""One letter of each kind, on a Thursday in November. Everybody here is invented."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from commands.office import england_and_wales
from domain.acknowledging import LATE as LATE_WORDS
from domain.plans import StepToOpen
from domain.vocabulary import Control, Form, Reopened
from notifications import (
    letters,
    letters_after_closure,
    letters_review,
    letters_small_home,
)
from notifications import letters_late as late
from notifications import letters_personal as personal
from notifications import letters_requests as requests
from notifications.letter import About, Letter, Reader, Way
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
BRIEFING = StepToOpen("briefing", 1, Control.EVIDENCE, Form.BRIEFING, STEP, "owner", DUE)
CHECK = StepToOpen("sample", 1, Control.CHECK, Form.SAMPLE, "Check a sample of records", "deputy manager", DUE)
COUNTS = ["a photo or scan of the signed attendance sheet", "how many came, and what they asked"]
REFERENCE = "FT-2026-0231-7C1E"
TAKEN_BACK = f"“{STEP}” was taken back by whoever sent it. You are asked again once it is in."
SENT = ["briefing attendance, CQC category: feedback from staff and leaders", "attendance.jpg, 1.8 MB"]
NEXT = "Dara Mockley: Check a sample of records, by Thursday 26 November 2026."
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
    helped, tomorrow = "The nurse weighs on Saturdays from this week.", NOW + timedelta(days=1)
    return {
        "assignment": letters.assignment(ABOUT, Reader(NAME), DUE, tomorrow, UNTIL),
        "assignment-covering": letters.assignment(ABOUT, Reader(NAME, MINA), DUE, tomorrow, UNTIL),
        "assignment-past-its-date": letters.assignment(ABOUT, Reader(NAME), LATE, tomorrow, UNTIL),
        "asked-again": letters.asked_again(ABOUT, Reader(NAME), DUE, tomorrow, UNTIL, helped),
        "asked-again-past-its-date": letters.asked_again(ABOUT, Reader(NAME, MINA), LATE, tomorrow, UNTIL, helped),
        "evidence-asked": letters.evidence_asked(ABOUT, Reader(NAME, "Dara Mockley"), BRIEFING, UNTIL, COUNTS),
        "returned": letters.returned(ABOUT, NAME, BRIEFING, UNTIL, reasons, COUNTS),
        "account-step": letters.account_step(ABOUT, Reader(NAME), CHECK, PATH),
        "account-step-covering": letters.account_step(ABOUT, Reader(NAME, MINA), CHECK, PATH),
        "link-renewed": letters.link_renewed(ABOUT, NAME, BRIEFING, UNTIL),
        "reassigned": letters.reassigned(ABOUT, NAME, STEP, "Tam is on leave until January."),
        "not-asked": not_asked(
            ABOUT, NAME, "Check a sample of records", TAKEN_BACK, "/actions/FT-2026-0231", signs_in=False
        ),
    }


def _late() -> dict[str, Letter]:
    """What is said of a step that is late."""
    briefing = replace(BRIEFING, due_at=LATE)
    return {
        "told-late": late.told_late(ABOUT, NAME, briefing, None, Way(until=UNTIL)),
        "told-late-account": late.told_late(ABOUT, NAME, replace(CHECK, due_at=LATE), None, Way(PATH)),
        "told-late-deputy": late.told_late(ABOUT, NAME, briefing, NAME, Way(PATH)),
        "escalation": late.escalation(ABOUT, Reader(MINA), briefing, NAME, 2, PATH),
        "escalation-covering": late.escalation(ABOUT, Reader(MINA, NIA), briefing, NAME, 2, PATH),
    }


def _requests() -> dict[str, Letter]:
    """Somebody needs time or support, and hears what was decided."""
    key, wanted = UUID(int=2), CALENDAR.end_of(date(2026, 12, 17))
    request = requests.for_time(key, BRIEFING, key, "Staff are ill.", wanted, CALENDAR)
    granted = ("More time was granted", "The scales come on Monday.")
    return {
        "support-asked": requests.support_asked(
            ABOUT, Reader(MINA, "Dara Mockley"), "Nobody weighs at the weekend.", DUE, PATH
        ),
        "request-made": requests.request_made(ABOUT, Reader(MINA), BRIEFING, NAME, request),
        "request-made-covering": requests.request_made(ABOUT, Reader(MINA, NIA), BRIEFING, NAME, request),
        "request-answered": requests.request_answered(ABOUT, NAME, BRIEFING, *granted, Way(until=UNTIL)),
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
        "undelivered": undelivered(Reader(MINA), NAME, "FT-2026-0231", STEP, "/undelivered-mails/1"),
        "undelivered-covering": undelivered(Reader(MINA, NIA), NAME, "FT-2026-0231", STEP, "/undelivered-mails/1"),
        "undelivered-welcome": undelivered(Reader(MINA), NAME, None, None, "/undelivered-mails/1"),
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
        "found-again": module.found_again(ABOUT, Reader(MINA), "FT-2026-0107", "Nutrition", "/repeats/1"),
        "found-again-covering": module.found_again(ABOUT, Reader(MINA, NIA), "FT-2026-0107", "Nutrition", "/repeats/1"),
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
        "small-home-asked": module.asked(Reader(NIA), "Cedar View", why, day, path),
        "small-home-asked-covering": module.asked(Reader(NAME, NIA), "Cedar View", why, day, path),
        "small-home-confirmed": module.decided(MINA, "Cedar View", day, path, confirmed=True, reason=""),
        "small-home-refused": module.decided(MINA, "Cedar View", day, path, confirmed=False, reason="Elm Court helps."),
        "small-home-ended": module.ended_early(MINA, "Cedar View", day, path, "A deputy has started."),
    }
    mina, nia = f"{MINA}, mina@example.org.", f"{NIA}, nia@example.org."
    asks = {"small-home-asked": mina, "small-home-asked-covering": mina}
    return {name: replace(letter, questions=asks.get(name, nia)) for name, letter in written.items()}


def _reviews() -> dict[str, Letter]:
    module = letters_review
    about = module.AboutReview("Cedar View", DUE, "/reviews/1", NOW, CALENDAR)
    late = replace(about, due=LATE)
    actions = ["FT-2026-0231: weekly weights, in progress", "FT-2026-0232: hand hygiene, returned"]
    dara = "Dara Mockley"
    return {
        "review-asked": module.review_asked(about, Reader(dara), actions),
        "review-asked-covering": module.review_asked(about, Reader(NAME, dara), actions),
        "review-late": module.review_late(late, dara),
        "review-escalated": module.review_escalated(late, Reader(MINA), dara),
        "review-escalated-covering": module.review_escalated(late, Reader(NAME, MINA), dara),
        "review-given": module.review_given(about, Reader(NAME)),
        "review-given-covering": module.review_given(about, Reader(NAME, dara)),
        "review-taken": module.review_taken(about, dara, "Tam does it while you are on nights."),
    }

"""One letter of each kind, on a Thursday in November. Everybody here is invented."""

from datetime import UTC, datetime, timedelta

from commands.office import england_and_wales
from domain.acknowledging import LATE as LATE_WORDS
from notifications import letters
from notifications.letters import About, Letter
from notifications.letters_receipt import receipt

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
STEP = "Brief the team on the new meal and weight records"
COUNTS = ["a photo or scan of the signed attendance sheet", "how many came, and what they asked"]
REFERENCE = "FT-2026-0231-7C1E"
SENT = ["briefing attendance, as evidence from feedback from staff and leaders", "attendance.jpg, 1.8 MB"]
NEXT = "Dara Mockley: Check a sample of records, by Thursday 26 November 2026."
PATH = "/steps/00000000-0000-0000-0000-000000000002/answer"


def every_kind() -> dict[str, Letter]:
    """By name of its golden file."""
    digest = letters.digest("Hartwell Care", NAME, ["FT-2026-0231: brief the team"], ["FT-2026-0232: weigh"], "/work")
    assert digest is not None
    reasons = "The sheet is from another month.\nThe night shift is missing."
    late = "late, 2 working days"
    return {
        "assignment": letters.assignment(ABOUT, NAME, DUE, NOW + timedelta(days=1), UNTIL),
        "evidence-asked": letters.evidence_asked(ABOUT, NAME, STEP, DUE, UNTIL, COUNTS, "Dara Mockley"),
        "support-asked": letters.support_asked(
            ABOUT, "Mina Pretendall", "Nobody weighs at the weekend.", DUE, PATH, "Dara Mockley"
        ),
        "asked-again": letters.asked_again(
            ABOUT, NAME, DUE, NOW + timedelta(days=1), UNTIL, "The nurse weighs on Saturdays from this week."
        ),
        "returned": letters.returned(ABOUT, NAME, STEP, DUE, UNTIL, reasons, COUNTS),
        "taken-back": letters.taken_back(ABOUT, NAME, STEP, "/actions/FT-2026-0231"),
        "account-step": letters.account_step(ABOUT, NAME, "Check a sample of records", DUE, PATH, None),
        "told-late": letters.told_late(ABOUT, NAME, STEP, LATE, "Tam Inventby", None),
        "escalation": letters.escalation(ABOUT, "Mina Pretendall", STEP, LATE, "Tam Inventby", 2, PATH),
        "closed": letters.closed(ABOUT, NAME, "92 % of plans have a weight.", "/actions/FT-2026-0231"),
        "request-made": letters.request_made(
            ABOUT, "Mina Pretendall", "more time asked for", "Staff are ill.", STEP, PATH
        ),
        "request-answered": letters.request_answered(ABOUT, NAME, "You have more time", f"It was {late}.", UNTIL),
        "reassigned": letters.reassigned(ABOUT, NAME, STEP, "Tam is on leave until January."),
        "link-renewed": letters.link_renewed(ABOUT, NAME, STEP, DUE, UNTIL),
        "set-password": letters.set_password(NAME, UNTIL, CALENDAR),
        "address-changed": letters.address_changed(NAME, is_new=False),
        "covering": letters.covering(NAME, "Mina Pretendall", NOW.date(), DUE.date(), "3 open steps came with it."),
        "covering-ended": letters.covering_ended(NAME, "Mina Pretendall"),
        "digest": digest,
        "receipt": receipt(ABOUT, NAME, STEP, REFERENCE, SENT, NEXT, UNTIL, late=False),
        "receipt-late": receipt(ABOUT, NAME, STEP, REFERENCE, SENT, LATE_WORDS, UNTIL, late=True),
    }

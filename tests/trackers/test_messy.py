"""What a tracker kept by hand for years holds beside its actions."""

from pathlib import Path

from tests.trackers.making import TODAY
from trackers import DateOrder, Holds, Meaning, OwnerKind, Tracker, read_tracker

FILE = Path(__file__).parent / "data" / "messy-tracker.xlsx"


def messy() -> Tracker:
    return read_tracker(FILE, today=TODAY)


def test_both_layouts_are_found_and_the_empty_sheet_is_said_to_be_empty() -> None:
    layout = messy().layout
    assert [(one.sheet, one.holds, one.header_row) for one in layout.sheets] == [
        ("SIP 2026", Holds.ACTIONS, 7),
        ("Kitchen + H&S", Holds.ACTIONS, 4),
        ("Sheet3", Holds.NOTHING, 0),
    ]
    assert layout.sheets[0].due_order is DateOrder.UNSETTLED
    assert layout.sheets[1].due_order is DateOrder.DAY_FIRST
    assert {one.sign: one.stands_for for one in layout.key} == {
        "RM": "Registered Manager",
        "DM": "Deputy Manager",
        "QL": "Quality Lead",
        "KW": "Key Worker",
        "NI": "Nominated Individual",
    }
    assert {one.sign: one.stands_for for one in layout.colours} == {
        "green": "done",
        "amber": "started",
        "red": "not started or late",
    }


def test_a_hidden_column_stays_out_until_somebody_takes_it_in() -> None:
    tracker = messy()
    assert all("personal" not in text for row in tracker.rows for text in row.cells.values())
    assert any("Column J" in note and "3 entries" in note for note in tracker.notes)
    sheet = tracker.layout.sheets[0]
    columns = tuple(column.model_copy(update={"taken": True}) for column in sheet.columns)
    opened = tracker.layout.with_sheet(sheet.model_copy(update={"columns": columns}))
    again = read_tracker(FILE, layout=opened, today=TODAY)
    assert any("personal" in row.cells.get("Old ref", "") for row in again.rows)


def test_a_finding_merged_over_three_actions_belongs_to_each() -> None:
    found = [row for row in messy().actions if row.facts["finding"].startswith("Falls up again")]
    assert [row.facts["reference"] for row in found] == ["2", "3", "4"]


def test_rows_that_are_no_action_say_why_and_bands_name_what_follows() -> None:
    tracker = messy()
    sip = {row.number: row for row in tracker.rows if row.sheet == "SIP 2026" and row.ignored}
    assert sorted(sip) == [8, 14, 19, 25, 26, 32, 37, 38, 47, 48, 49, 50]
    assert sip[
        25
    ].ignored == "These are the headings again. (No. · Area · What we found · What we are going to do · " + (
        "Who · Start · By when · RAG · Update · Proof seen · Done?)"
    )
    assert (sip[47].ignored or "").startswith("This is a row of totals.")
    assert (sip[48].ignored or "").startswith("This is a note")
    assert sip[14].ignored == "The row is blank."
    assert {row.section for row in tracker.actions if row.sheet == "SIP 2026"} == {
        "SAFE",
        "EFFECTIVE",
        "CARING",
        "RESPONSIVE",
        "WELL-LED",
    }
    assert {row.facts["key_question"] for row in tracker.actions if row.section == "WELL-LED"} == {"Well-led"}


def test_owners_are_read_by_the_files_own_key() -> None:
    owners = {row.owner.text: row.owner for row in messy().actions}
    assert (owners["DM"].kind, owners["DM"].title, str(owners["DM"].role)) == (
        OwnerKind.ROLE,
        "Deputy Manager",
        "deputy manager",
    )
    assert owners["RM & QL"].names == ("RM", "QL")
    assert owners["Greta (HR)"].names == ("Greta",)
    assert owners["HK"].kind is OwnerKind.UNKNOWN_ROLE


def test_the_kitchen_sheet_says_once_that_it_has_no_evidence() -> None:
    tracker = messy()
    assert Meaning.EVIDENCE not in tracker.layout.sheets[1].places
    assert sum("no column for evidence" in note for note in tracker.notes) == 1


def test_cells_are_kept_as_shown() -> None:
    row = next(row for row in messy().actions if row.number == 9)
    assert row.cells["What we are going to do"].startswith("1) Nurse in charge checks MAR at handover\n2) ")
    assert (row.cells["By when"], row.cells["Done?"]) == ("31.03.26", "Y 02/04")

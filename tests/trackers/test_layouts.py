"""How files are laid out, guessed and corrected."""

from datetime import date, datetime
from typing import Any

import pytest

from tests.trackers.making import HEADINGS, ROW, codes_of, csv_of, only_row, read, row_with, sheet_of, workbook
from trackers import Code, DateOrder, Holds, Layout, LayoutDoesNotFit, Meaning, SheetLayout, open_workbook, read_people

OTHER_WORDS = (
    ("Item", "Where", "Issue identified", "What needs to be done", "By whom", "Timescale", "Status", "Latest update"),
    ("7", "Home 4", "No ramp", "Build a ramp at door 2", "Jo Madeupley", "18/12/2026", "In progress", "ordered"),
)


def test_other_words_for_the_same_columns_are_understood() -> None:
    tracker = read(csv_of(*OTHER_WORDS[1:], headings=OTHER_WORDS[0]))
    assert list(tracker.layout.columns) == [
        "reference",
        "location",
        "finding",
        "action",
        "owner",
        "target",
        "status",
        "notes",
    ]
    assert (tracker.actions[0].due, tracker.actions[0].codes) == (date(2026, 12, 18), ())


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_separators_and_encodings_are_found_out(separator: str, encoding: str) -> None:
    content = csv_of(row_with(owner="Siân Fictonby"), separator=separator).decode().encode(encoding)
    assert only_row(content).facts["owner"] == "Siân Fictonby"


def test_excels_own_line_about_the_separator_is_understood() -> None:
    assert only_row(b"sep=;\r\n" + csv_of(ROW, separator=";")).facts["reference"] == "A-0001"


def test_headings_with_slips_breaks_and_more_words_are_understood() -> None:
    headings = ["Ref", "Finding", "Agreed action\nto be taken", "Responsable", "Taget date", "Evidence of this"]
    row = ["1", "No ramp", "Build a ramp at door 2", "Jo Madeupley", "18/12/2026", ""]
    columns = read(sheet_of([headings, row])).layout.columns
    assert columns == {"reference": 0, "finding": 1, "action": 2, "owner": 3, "target": 4, "evidence": 5}


def test_titles_above_the_headings_are_passed_over() -> None:
    content = sheet_of([["Improvement plan"], [], ["Updated by Jo", "", "for action by all"], HEADINGS, ROW])
    assert read(content).layout.header_row == 4
    assert only_row(content).number == 5


def test_a_status_of_colours_is_a_rag_and_a_completed_column_of_days_closes() -> None:
    headings = ["Action", "Owner", "Due", "Status", "Completed"]
    rows = [["Fit a rail in room 3", "Jo Madeupley", "01/12/2026", "Green", ""]] * 2
    rows += [["Fit a rail in room 4", "Jo Madeupley", "01/10/2026", "Blue", "30/09/2026"]] * 3
    layout = read(csv_of(*rows, headings=headings)).layout
    assert {Meaning.RAG, Meaning.CLOSED} <= set(layout.sheets[0].places)
    flags = [[*row[:4], "Y" if row[4] else "N"] for row in rows]
    assert Meaning.DONE in read(csv_of(*flags, headings=headings)).layout.sheets[0].places


def test_where_only_a_status_tells_it_decides() -> None:
    headings = ["Action", "Owner", "Due", "Status", "Evidence"]
    rows = [["Fit a rail in room 3", "Jo Madeupley", "01/12/2026", word, "photo"] for word in ("Closed", "Open")]
    assert [row.closed for row in read(csv_of(*rows, headings=headings)).actions] == [True, False]


def test_without_blue_green_may_mean_done_or_on_track() -> None:
    headings = ["Action", "Owner", "Due", "RAG", "Date closed", "Evidence"]
    done = ["Fit a rail in room 3", "Jo Madeupley", "01/10/2026", "Green", "30/09/2026", "photo"]
    open_one = ["Fit a rail in room 4", "Jo Madeupley", "01/12/2026", "Green", "", ""]
    late = ["Fit a rail in room 5", "Jo Madeupley", "01/10/2026", "Red", "30/09/2026", "photo"]
    codes = [row.codes for row in read(csv_of(done, open_one, late, headings=headings)).actions]
    assert codes == [(), (), (Code.STATUS_CONFLICT,)]


def test_months_first_are_believed_when_a_column_shows_nothing_else() -> None:
    rows = [row_with(ref=f"A-100{day}", target_date=f"12/{day}/2026") for day in (13, 14, 15, 16, 17)]
    tracker = read(csv_of(*rows, row_with(target_date="12/11/2026")))
    assert tracker.actions[-1].due == date(2026, 12, 11)
    assert any("month first" in note for note in tracker.notes)


def test_a_person_can_settle_the_order_of_dates() -> None:
    content = csv_of(row_with(target_date="4/13/2027"), row_with(ref="A-0002", target_date="09/12/2026"))
    tracker = read(content)
    assert tracker.actions[1].codes == (Code.DUE_AMBIGUOUS,)
    settled = tracker.layout.sheets[0].model_copy(update={"due_order": DateOrder.DAY_FIRST})
    again = read(content, tracker.layout.with_sheet(settled))
    assert (again.actions[1].codes, again.actions[1].due) == ((), date(2026, 12, 9))


def test_a_layout_goes_to_json_and_back() -> None:
    layout = read(csv_of(ROW)).layout
    assert Layout.from_json(layout.to_json()) == layout
    assert read(csv_of(ROW), layout).layout == layout


def test_a_person_can_say_which_row_has_the_headings_and_what_columns_mean() -> None:
    content = sheet_of([["A", "B", "C"], ["Ramp", "Build a ramp", "Jo Madeupley"]])
    assert read(content).actions == ()
    assert any("Say which row has the headings" in note for note in read(content).notes)
    stated = Layout.stated("Actions", 1, {"finding": 0, "action": 1, "owner": 2})
    (row,) = read(content, stated).actions
    assert row.cells == {"A": "Ramp", "B": "Build a ramp", "C": "Jo Madeupley"}
    assert row.facts == {"finding": "Ramp", "action": "Build a ramp", "owner": "Jo Madeupley"}


def test_with_a_header_row_alone_the_columns_are_guessed_from_it() -> None:
    content = sheet_of([HEADINGS, ["x"], ["Issue", "Action", "Lead"], ["Ramp", "Build a ramp at door 2", "Jo"]])
    stated = Layout(sheets=(SheetLayout(sheet="Actions", holds=Holds.ACTIONS, header_row=3),))
    assert read(content, stated).actions[0].facts == {
        "finding": "Ramp",
        "action": "Build a ramp at door 2",
        "owner": "Jo",
    }


@pytest.mark.parametrize(
    "stated",
    [
        Layout.stated("Actions", 99, {"action": 0}),
        Layout.stated("Actions", 0, {"action": 0}),
        Layout.stated("Actions", 1, {"action": 99}),
        Layout.stated("Actions", 1, {"finding": 0}),
    ],
)
def test_a_layout_that_does_not_fit_is_refused(stated: Layout) -> None:
    with pytest.raises(LayoutDoesNotFit):
        read(sheet_of([HEADINGS, ROW]), stated)


def test_two_columns_of_one_heading_both_keep_their_cells() -> None:
    row = only_row(sheet_of([["Action", "Owner", "Date", "Date", ""], ["Fit a rail", "Jo", "a", "b", "c"]]))
    assert row.cells == {"Action": "Fit a rail", "Owner": "Jo", "Date": "a", "Date (2)": "b", "Column E": "c"}


def test_hidden_sheets_stay_out_and_hidden_rows_come_in_with_a_word() -> None:
    def fill(book: Any) -> None:
        shown, hidden = book.add_worksheet("Now"), book.add_worksheet("Old")
        for sheet in (shown, hidden):
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(1, 0, ROW)
        shown.set_row(1, None, None, {"hidden": True})
        hidden.hide()

    tracker = read(workbook(fill))
    assert [(row.sheet, row.hidden) for row in tracker.actions] == [("Now", True)]
    assert any("“Old” is hidden" in note for note in tracker.notes)
    assert any(note.startswith("One row is hidden") for note in tracker.notes)


def test_real_dates_and_numbers_are_shown_as_a_person_sees_them() -> None:
    def fill(book: Any) -> None:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, (17, "Gap", "Check ten charts", "Jo Madeupley"))
        sheet.write_datetime(1, 4, datetime(2026, 10, 1), day)
        sheet.write_datetime(1, 5, datetime(2026, 12, 18), day)

    row = only_row(workbook(fill))
    assert (row.facts["reference"], row.cells["Target date"], row.due) == ("17", "18/12/2026", date(2026, 12, 18))
    old_mac = only_row(workbook(fill, date_1904=True))
    assert old_mac.due == date(2026, 12, 18)


def test_a_people_list_under_other_words_is_read() -> None:
    def fill(book: Any) -> None:
        staff = book.add_worksheet("Staff")
        staff.write_row(0, 0, ["Our staff"])
        staff.write_row(2, 0, ["First name", "Surname", "Role", "E-mail", "Home", "Start date", "Leaving date"])
        staff.write_row(3, 0, ["Jo", "Madeupley", "Deputy", "JO@example.org", "Home 4", "01/02/2024", "31/12/2026"])
        staff.write_row(4, 0, ["Sam", "Inventham", "Cook", "n/a", "Home 4; Home 5", "", ""])
        staff.write_row(5, 0, ["", "", "", "", "Home 6", "", ""])

    jo, sam = read_people(open_workbook(workbook(fill), "staff.xlsx"))
    assert (jo.name, jo.email, str(jo.role), jo.location) == (
        "Jo Madeupley",
        "jo@example.org",
        "deputy manager",
        "Home 4",
    )
    assert (jo.starts, jo.leaves) == (date(2024, 2, 1), date(2026, 12, 31))
    assert (sam.email, sam.role, sam.location, sam.locations) == (None, None, None, ("Home 4", "Home 5"))


def test_owners_are_checked_against_the_people_list_by_name_first_name_or_role() -> None:
    def fill(book: Any) -> None:
        people, actions = book.add_worksheet("People"), book.add_worksheet("Actions")
        people.write_row(0, 0, ["Name", "Email", "Job title"])
        people.write_row(1, 0, ["Jo Madeupley", "jo@example.org", "Registered Manager"])
        actions.write_row(0, 0, HEADINGS)
        for number, owner in enumerate(("Jo Madeupley", "Madeupley, Jo", "Jo", "RM", "Wilf Bogusham", "XY"), start=1):
            actions.write_row(number, 0, row_with(ref=f"A-000{number}", owner=owner))

    rows = read(workbook(fill)).actions
    assert [row.codes for row in rows] == [(), (), (), (), (Code.OWNER_NOT_IN_PEOPLE,), (Code.OWNER_ROLE_UNKNOWN,)]
    assert [row.owner_person is not None for row in rows] == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"owner": "Everyone"}, "OWNER_GROUP"),
        ({"target_date": "2 weeks"}, "DUE_RELATIVE"),
        ({"target_date": "01/09/2026"}, "DUE_BEFORE_RAISED"),
        ({"date_closed": "01/09/2026", "evidence": "photo"}, "CLOSED_BEFORE_RAISED"),
        ({"date_closed": "01/11/2026"}, "CLOSED_NO_EVIDENCE"),
        ({"finding": "a\x07b"}, "CONTROL_CHARACTERS"),
        ({"finding": "a\u202eb"}, "BIDI_OVERRIDE"),
        ({"finding": "x" * 32_768}, "TEXT_TOO_LONG"),
        ({"action_required": "n/a"}, "ACTION_MISSING"),
    ],
)
def test_one_fault_raises_one_must(changed: dict[str, str], code: str) -> None:
    assert codes_of(csv_of(row_with(**changed))) == {code}


def test_control_characters_are_kept_as_pictures_that_any_database_takes() -> None:
    row = only_row(csv_of(row_with(finding="before\x00after\x1b[31m\tred\x7f")))
    assert row.facts["finding"] == "before␀after␛[31m\tred␡"
    assert row.codes == (Code.CONTROL_CHARACTERS,)


def test_a_row_of_another_width_is_noticed() -> None:
    rows = read(csv_of(ROW, row_with(ref="A-0002")[:6], (*row_with(ref="A-0003"), "more"))).actions
    assert [row.codes for row in rows] == [(), (Code.ROW_SHAPE,), (Code.ROW_SHAPE,)]
    assert rows[2].cells["Column I"] == "more"


def test_numbers_that_start_again_on_each_sheet_are_not_given_twice() -> None:
    def fill(book: Any) -> None:
        for name, finding in (("Home 4", "No ramp"), ("Home 5", "No rail")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(1, 0, row_with(ref="1", finding=finding))
            sheet.write_row(2, 0, row_with(ref="A-0002", finding=finding))

    rows = read(workbook(fill)).actions
    assert [row.codes for row in rows] == [(), (), (), (Code.REF_DUPLICATE,)]
    assert len({row.fingerprint for row in rows}) == 4


def test_a_row_keeps_its_fingerprint_while_its_notes_change_and_shows_that_they_did() -> None:
    before, after = only_row(csv_of(ROW)), only_row(csv_of(row_with(evidence="photo of the chart")))
    assert before.fingerprint == after.fingerprint
    assert before.content != after.content


def test_the_number_one_of_two_homes_is_not_one_action() -> None:
    one, other = (only_row(csv_of(row_with(ref="1", finding=finding))) for finding in ("No ramp", "No rail"))
    assert one.fingerprint != other.fingerprint


def test_rows_that_say_the_same_are_two_rows_and_stay_two() -> None:
    content = csv_of(row_with(ref=""), row_with(ref=""))
    first, second = read(content).actions
    assert first.fingerprint != second.fingerprint
    assert [row.fingerprint for row in read(content).actions] == [first.fingerprint, second.fingerprint]


def test_numbered_rows_waiting_to_be_filled_are_left_out() -> None:
    blank = ("", "", "", "", "", "", "")
    tracker = read(csv_of(ROW, ("A-0002", *blank), ("A-0003", *blank)))
    assert [row.ignored for row in tracker.rows[1:]] == [
        "The row has a number and nothing else. (A-0002)",
        "The row has a number and nothing else. (A-0003)",
    ]

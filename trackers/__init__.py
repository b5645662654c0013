"""Reading a provider's own tracker: sheets, headings, columns, cells and people.

It judges and changes nothing. Invariant: every row of the file is in the result, as an action or with the reason
why it is none; nothing is fetched, run, calculated or guessed into a cell.
"""

from trackers.codes import Code, Remark
from trackers.dates import DateOrder
from trackers.facts import State
from trackers.layout import Column, Explained, Holds, Layout, SheetLayout
from trackers.meanings import Meaning
from trackers.opening import Workbook, open_workbook
from trackers.owners import Owner, OwnerKind
from trackers.people import PersonRow, read_people
from trackers.reading import Tracker, TrackerRow, read_tracker
from trackers.refusals import LayoutDoesNotFit, NotASpreadsheet

__all__ = [
    "Code",
    "Column",
    "DateOrder",
    "Explained",
    "Holds",
    "Layout",
    "LayoutDoesNotFit",
    "Meaning",
    "NotASpreadsheet",
    "Owner",
    "OwnerKind",
    "PersonRow",
    "Remark",
    "SheetLayout",
    "State",
    "Tracker",
    "TrackerRow",
    "Workbook",
    "open_workbook",
    "read_people",
    "read_tracker",
]

"""Reading a provider’s own tracker: sheet, header row, columns, cells and people. It judges, and changes nothing."""

from trackers.layout import Layout
from trackers.opening import NotASpreadsheet
from trackers.people import PersonRow
from trackers.reading import Tracker, TrackerRow, read_tracker

__all__ = ["Layout", "NotASpreadsheet", "PersonRow", "Tracker", "TrackerRow", "read_tracker"]

"""Why a spreadsheet can't be read. The docstring, or the message given, is what the person reads."""


class NotASpreadsheet(ValueError):
    """This file is no spreadsheet that can be read. Save your tracker as .xlsx or .csv, then choose it again."""

    status = 422

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class EmptyFile(NotASpreadsheet):
    """This file is empty. Choose your tracker again."""


class OldExcel(NotASpreadsheet):
    """This is an Excel file of an old kind. Open it, choose Save as, Excel workbook (.xlsx), and choose that file."""


class OtherSpreadsheet(NotASpreadsheet):
    """This kind of spreadsheet can't be read. Open it, choose Save as, Excel workbook (.xlsx), and choose that file."""


class Locked(NotASpreadsheet):
    """This file has a password. Open it, save a copy without the password, and choose the copy."""


class Damaged(NotASpreadsheet):
    """This file is damaged, or only part of it is here. Open it in Excel, save it again, and choose it once more."""


class TooLarge(NotASpreadsheet):
    """This spreadsheet is too large. Split it, for example by year, and choose the parts one after the other."""

    status = 413


class UnpacksTooLarge(NotASpreadsheet):
    """This file unpacks to far more than a tracker would. Copy the actions into a new workbook, and choose that."""

    status = 413


class OpenQuotation(NotASpreadsheet):
    """A cell of this CSV file never ends: a quotation mark is missing. Open it in Excel and save it as .xlsx."""


class LayoutDoesNotFit(NotASpreadsheet):
    """The columns chosen don't fit this file. Look at its columns again, and choose them anew."""

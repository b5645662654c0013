"""Why a file can't be taken. The docstring, or the message given, is what the person reads."""


class FileRefused(Exception):
    """This file can't be taken."""

    status = 422

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class EmptyFile(FileRefused):
    """This file is empty. Choose it again, or take the photo again."""


class TooLarge(FileRefused):
    """This file is too large. Send a photo in a smaller size, or a PDF in parts."""

    status = 413


class TooManyFiles(FileRefused):
    """These are too many files at once. Send some now and the others after."""

    status = 413


class CutOff(FileRefused):
    """Only part of this file arrived. Check your connection and send it again."""

    status = 400


class TooSlow(FileRefused):
    """This file stopped arriving. Check your connection and send it again."""

    status = 408


class WrongType(FileRefused):
    """This kind of file can't be taken. Photos, PDF, Word, Excel, CSV and plain text can."""


class WebPage(WrongType):
    """Web pages, drawings that can run script and programs can't be taken. Save it as a PDF or a picture."""


class OldOrLocked(WrongType):
    """This is an old Word or Excel file, or one with a password. Save it as .docx or .xlsx without a password."""


class Macros(WrongType):
    """This file has macros or other programs inside. Save it without them, or as a PDF."""


class UnpacksTooLarge(WrongType):
    """This file unpacks to far more than it should. Save it again, or as a PDF."""


class TooManyPixels(FileRefused):
    """This picture has too many pixels. Take it again in a smaller size."""


class Broken(FileRefused):
    """This file can't be read; it may be damaged. Open it, save it again, and choose it once more."""


class NoRoom(FileRefused):
    """There is no room to keep files at the moment. Nothing was lost; tell your administrator, then try again."""

    status = 503


class Infected(FileRefused):
    """A virus scanner stopped this file. It was not kept. Tell your administrator."""


class Quarantined(FileRefused):
    """This file is kept, but can't be opened until the virus scanner has looked at it. Try again later."""

    status = 409


class NotThere(FileRefused):
    """This file is not where it should be. Tell your administrator: it can be restored from a backup."""

    status = 404

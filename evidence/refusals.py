"""Why a file can't be taken. The docstring, or the message given, is what the person reads."""


class FileRefused(Exception):
    """This file can't be taken."""

    status = 422

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class EmptyFile(FileRefused):
    """This file is empty. Choose it again, or take the photo again."""


class TooLarge(FileRefused):
    """This file is too large. A file may have up to 20 MB; a photo in smaller size, or a PDF in parts, will do."""

    status = 413


class WrongType(FileRefused):
    """This kind of file can't be taken. Photos, PDF, Word, Excel, CSV and plain text can."""


class Broken(FileRefused):
    """This file can't be read; it may be damaged. Open it, save it again, and choose it once more."""


class NoRoom(FileRefused):
    """There is no room to keep files at the moment. Nothing was lost; tell your administrator, then try again."""

    status = 503


class Infected(FileRefused):
    """A virus scanner stopped this file. It was not kept. Tell your administrator."""

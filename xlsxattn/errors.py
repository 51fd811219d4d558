"""Everything that can go wrong, as one tree with one root.

Each error is one line that names the place, what was expected and what came.
The command line turns every ``XlsxattnError`` into exit code 2.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

#: As much as a person reads: of what is longer, the middle is left out.
LONGEST = 400
#: What is quoted, or has no space.
_LONG = re.compile(r"'[^']{100,}'|\S{160,}")


def shortened(message: str) -> str:
    """A message of at most ``LONGEST`` characters, whatever text of a file it quotes."""
    if len(message) > LONGEST:
        message = _LONG.sub(lambda found: f"{found[0][:60]}…{found[0][-20:]}", message)
    if len(message) > LONGEST:
        message = f"{message[: LONGEST * 2 // 3]}…{message[-LONGEST // 3 + 1 :]}"
    return message


class XlsxattnError(Exception):
    """The request, the lesson or the workbook is wrong; the message is one line.

    Whatever text of a file it quotes, it has at most ``LONGEST`` characters.
    """

    def __init__(self, message: str) -> None:
        super().__init__(shortened(message))


class ShapeError(XlsxattnError):
    """Operands whose shapes do not fit the operation."""


class NotationError(XlsxattnError):
    """A formula in a lesson file that is not understood."""


class LessonError(XlsxattnError):
    """A lesson file that cannot be found, read or accepted."""


class ContentError(XlsxattnError):
    """A name, a text, a label or numbers that a workbook cannot take."""


class FormulaError(XlsxattnError):
    """An expression that has no faithful form as an Excel formula."""


class GradientError(XlsxattnError):
    """An operation that has no gradient rule."""


class LayoutError(XlsxattnError):
    """Content that does not fit on a sheet."""


class WorkbookError(XlsxattnError):
    """A file that cannot be written, or is no workbook."""


class EngineError(XlsxattnError):
    """A spreadsheet engine that is missing or failed."""


class DesktopError(XlsxattnError):
    """A file that the system has no program to open with."""


@contextmanager
def within(place: str) -> Iterator[None]:
    """Put the place in a lesson before the message of an error from the mathematics."""
    try:
        yield
    except LessonError:
        raise  # it names its place already
    except XlsxattnError as error:
        raise LessonError(f"{place}: {error}") from None


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put the name of a step before the message of an error."""
    try:
        yield
    except XlsxattnError as error:
        message = str(error)
        raise type(error)(
            message if message.startswith(f"{name}:") else f"{name}: {message}"
        ) from None

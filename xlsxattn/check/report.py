"""What a check found, as data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from xlsxattn.errors import XlsxattnError, shortened
from xlsxattn.saved import Value

#: The kind of a problem that only an edit in LibreOffice shows.
STALE = "stale after an edit"


@dataclass
class Step:
    """How far a named step is from its reference at the most; None where it has no value."""

    name: str
    sheet: str
    range: str
    cells: int
    max_error: float | None


@dataclass
class ClaimResult:
    """Whether a claim holds; None where it does not apply at the moment."""

    name: str
    sheet: str
    cell: str
    kind: str
    ok: bool | None


@dataclass
class Problem:
    """Something wrong at a place."""

    sheet: str
    cell: str
    kind: str
    message: str

    def __post_init__(self) -> None:
        self.message = shortened(self.message)


@dataclass
class Report:
    """What a check found."""

    file: str
    lesson: str
    engine: str
    reference: str
    steps: list[Step] = field(default_factory=list)
    claims: list[ClaimResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    #: What was not done, and why; no fault of the workbook.
    notes: list[str] = field(default_factory=list)
    #: What the file says that it is; empty for one that is not ours.
    kind: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems

    def data(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        found = asdict(self)
        head = {key: found[key] for key in ("file", "lesson", "engine", "reference")}
        lists = {key: found[key] for key in ("steps", "claims", "problems", "notes")}
        return {**head, "ok": self.ok, **lists}


@contextmanager
def going_on(report: Report, what: str) -> Iterator[None]:
    """Whatever goes wrong within is a problem of one line, and the check goes on after it.

    A workbook may hold anything: what no pass foresees must not hide what the others find.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        kind = "" if isinstance(error, XlsxattnError) else f"{type(error).__name__}: "
        message = f"{what}: expected a result, got {kind}{reason}"
        report.problems.append(Problem("", "", "not checked", message))


def shown(value: Value) -> str:
    """A cell's content in a message."""
    return "nothing" if value is None else repr(value)

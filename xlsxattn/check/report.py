"""What a check found, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

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

    @property
    def ok(self) -> bool:
        return not self.problems

    def data(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        found = asdict(self)
        head = {key: found[key] for key in ("file", "lesson", "engine", "reference")}
        lists = {key: found[key] for key in ("steps", "claims", "problems", "notes")}
        return {**head, "ok": self.ok, **lists}


def shown(value: Value) -> str:
    """A cell's content in a message."""
    return "nothing" if value is None else repr(value)

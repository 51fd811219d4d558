"""Prove a saved workbook: an engine that is not ours against plain NumPy.

The file's lesson is trusted for structure (what is an input, which step is what), never
for numbers: those are read from the cells. Findings are data; the command line prints
them. First, no stored value may stand behind an array formula (see `freshness.py`). Then
six passes, each of which can fail on its own:

1. stored values against the engine's, and no error cell;
2. every cell of a step is a formula;
3. every step, recalculated, against NumPy;
4. liveness: numbers, words and switches are changed, and every step must follow NumPy;
5. live claims; 6. what-if claims.

With LibreOffice there is a seventh: its inputs are edited as a person does it, and no cell
may show an old result.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from xlsxattn import reference
from xlsxattn.a1 import Area, address
from xlsxattn.builder.expansion import expand
from xlsxattn.compose import compose
from xlsxattn.edits import edits, other_content
from xlsxattn.engines import Recalculate, Values, engine
from xlsxattn.engines.uno_session import Session, why_missing
from xlsxattn.errors import NotationError, WorkbookError, XlsxattnError
from xlsxattn.expression import ABSENT, Input, Matrix, Verdict, Words
from xlsxattn.freshness import readers_of_arrays
from xlsxattn.lesson import CarriedLesson, Claim, Lesson, validate
from xlsxattn.outline import Outline
from xlsxattn.reference import Array, Named, Table
from xlsxattn.saved import Change, ErrorValue, Saved, Value, read
from xlsxattn.what_if import Content, changed_cells

TOLERANCE = 1e-12
#: Epochs of training carry the rounding of each one on to the next.
TRAINED_TOLERANCE = 1e-9
#: The kind of a problem that only an edit in LibreOffice shows.
STALE = "stale after an edit"
#: Of the cells that one edit leaves stale, so many are named, and the others counted.
MOST_STALE = 5


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


def check(path: Path, engine_name: str = "ironcalc") -> Report:
    """Check a workbook; errors of ours where it is no workbook or the engine is missing."""
    recalculate = engine(engine_name)
    saved = read(path)
    report = Report(str(path), "", engine_name, "stored")
    values = recalculate(path, [])
    _require_freshness(saved, report)
    _compare_stored(saved, values, report)
    if saved.carried is None:
        _report_stored(saved, values, report)
    else:
        report.reference, report.lesson = "numpy", saved.carried.title
        for one in saved.carried.lessons:
            _Proof(saved, one, values, recalculate, report).prove()
    if engine_name == "libreoffice":
        _edit_as_a_person(saved, report)
    return report


def error(a: float, b: float) -> float:
    """|a − b| relative to b, absolute below 1."""
    return abs(a - b) / max(1.0, abs(b))


def _tolerance(lesson: Lesson) -> float:
    return TOLERANCE if lesson.training is None else TRAINED_TOLERANCE


def _differ(a: Value, b: Value, tolerance: float) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return not error(a, b) <= tolerance
    return a != b or isinstance(a, ErrorValue) != isinstance(b, ErrorValue)


def _require_freshness(saved: Saved, report: Report) -> None:
    """No stored value stands behind an array formula."""
    for one in readers_of_arrays(saved):
        others = f", and so do {one.more} other cells of this sheet" if one.more else ""
        message = (
            f"expected a formula that reads no array formula, got {one.formula}, which reads "
            f"the one of {one.array.with_sheet}{others}"
        )
        report.problems.append(Problem(one.sheet, one.cell, STALE, message))


def _edit_as_a_person(saved: Saved, report: Report) -> None:
    """The seventh pass: one edit of each input, after which no cell shows an old result."""
    missing = why_missing()
    if missing:
        report.notes.append(
            f"edits as a person makes them were not tried: {missing}; LibreOffice recalculated "
            "by conversion, and formulas were searched for those that read array formulas"
        )
        return
    known = {(p.sheet, p.cell) for p in report.problems if p.kind == STALE}
    with Session() as session:
        for edit in edits(saved):
            stale = [
                one
                for one in session.stale(saved.path, edit.changes)
                if (one.sheet, one.cell) not in known
            ]
            for number, one in enumerate(stale[:MOST_STALE], start=1):
                more = f" ({len(stale) - number} other cells too)" if number < len(stale) else ""
                message = (
                    f"expected {_shown(one.recalculated)} after an edit of {edit.what}, got "
                    f"{_shown(one.shown)}{more if number == MOST_STALE else ''}"
                )
                report.problems.append(Problem(one.sheet, one.cell, STALE, message))
            known |= {(one.sheet, one.cell) for one in stale}


def _compare_stored(saved: Saved, values: Values, report: Report) -> None:
    """Pass 1: what the file shows before it is opened is what an engine computes."""
    lessons = saved.carried.lessons if saved.carried else []
    tolerances = {title: _tolerance(one.lesson) for one in lessons for title in one.sheets}
    for title, sheet in saved.sheets.items():
        now, tolerance = values.get(title, {}), tolerances.get(title, TOLERANCE)
        for cell, formula in sheet.computed.items():
            stored, computed = sheet.values.get(cell), now.get(cell)
            if isinstance(computed, ErrorValue):
                message = f"{formula} gives {computed}"
                report.problems.append(Problem(title, cell, "error cell", message))
            elif _differ(stored, computed, tolerance):
                message = f"stored {_shown(stored)}, recalculated {_shown(computed)}"
                report.problems.append(Problem(title, cell, "stale value", message))
        for cell, value in sheet.values.items():
            if isinstance(value, ErrorValue) and cell not in sheet.computed:
                report.problems.append(Problem(title, cell, "error cell", f"typed {value}"))


def _shown(value: Value) -> str:
    return "nothing" if value is None else repr(value)


def _report_stored(saved: Saved, values: Values, report: Report) -> None:
    """The named areas of a workbook without a lesson, engine against stored values."""
    for name, area in saved.names.items():
        sheet = saved.sheets.get(area.sheet)
        if sheet is None or not set(sheet.computed) & {address(*c) for c in area.cells()}:
            continue
        errors = []
        for row, column in area.cells():
            a = values[area.sheet].get(address(row, column))
            b = sheet.values.get(address(row, column))
            if isinstance(a, float) and isinstance(b, float):
                errors.append(error(a, b))
        largest = max(errors, default=0.0)
        count = area.rows * area.columns
        report.steps.append(Step(name, area.sheet, area.relative, count, largest))


class _Proof:
    """The passes that need a lesson."""

    def __init__(
        self,
        saved: Saved,
        carried: CarriedLesson,
        values: Values,
        recalculate: Recalculate,
        report: Report,
    ) -> None:
        assert saved.carried is not None
        self.saved, self.values, self.recalculate, self.report = saved, values, recalculate, report
        self.lesson, self.names = carried.lesson, saved.names_for(carried.sheets)
        self.tolerance = _tolerance(self.lesson)
        try:
            validate(self.lesson, saved.carried.language)
            self.structure: Outline = compose(self.lesson, saved.carried.language)
        except XlsxattnError as problem:
            raise WorkbookError(f"{saved.path}: expected the lesson it was built from, got "
                                f"{problem}") from None  # fmt: skip
        self.nodes = self.structure.nodes
        self.program = expand(self.nodes.values())
        self.typed: dict[str, Array] = {}

    def prove(self) -> None:
        if not self.require_names():
            return
        self.require_formulas()
        self.typed = self.inputs([])
        table = self.expected(self.typed)
        if table is None:
            return
        for name, node in self.nodes.items():
            if not isinstance(node, (Input, Words)) and not self.is_verdict(node):
                self.compare_step(name, table)
        self.judge_claims(table)
        self.prove_liveness()
        self.try_what_ifs(table)

    @staticmethod
    def is_verdict(node: Matrix) -> bool:
        return isinstance(getattr(node, "expression", None), Verdict)

    def problem(self, area: Area, cell: str, kind: str, message: str) -> None:
        self.report.problems.append(Problem(area.sheet, cell, kind, message))

    # --- pass 2 ---

    def require_names(self) -> bool:
        """Every input and step of the lesson has its defined name, of the right size."""
        complete = True
        for name, node in self.nodes.items():
            area = self.names.get(name)
            if area is None or area.sheet not in self.saved.sheets:
                message = f"expected a defined name {name}, got none"
                self.report.problems.append(Problem("", "", "missing name", message))
                complete = False
            elif area.shape != node.shape:
                message = f"{name}: expected {node.rows}×{node.columns} cells, got {area.relative}"
                self.problem(area, "", "missing name", message)
                complete = False
        return complete

    def require_formulas(self) -> None:
        """A typed number must not stand where a formula belongs."""
        for name, node in self.nodes.items():
            if isinstance(node, (Input, Words)):
                continue
            area = self.names[name]
            computed = self.saved.sheets[area.sheet].computed
            for row, column in area.cells():
                cell = address(row, column)
                if cell not in computed:
                    typed = _shown(self.saved.sheets[area.sheet].values.get(cell))
                    message = f"{name}: expected a formula, got {typed}"
                    self.problem(area, cell, "constant", message)

    # --- pass 3 ---

    def inputs(self, changes: list[Change]) -> dict[str, Array]:
        """What is typed into the cells, with some of them changed."""
        changed = {(sheet, cell): value for sheet, cell, value in changes}
        result = {}
        for name, node in self.nodes.items():
            if not isinstance(node, (Input, Words)):
                continue
            area = self.names[name]
            cells = self.saved.sheets[area.sheet].values
            rows: list[list[Any]] = []
            for row in range(area.rows):
                rows.append([])
                for column in range(area.columns):
                    cell = address(area.row + row, area.column + column)
                    value = changed.get((area.sheet, cell), cells.get(cell))
                    if isinstance(node, Words):
                        value = f"{value:g}" if isinstance(value, float) else value
                    elif not isinstance(value, float) and value is not None:
                        self.problem(
                            area, cell, "input", f"{name}: expected a number, got {value!r}"
                        )
                        value = math.nan
                    rows[-1].append(value)
            result[name] = np.array(rows, dtype=object if isinstance(node, Words) else float)
        return result

    def expected(self, inputs: dict[str, Array]) -> Table | None:
        """Every step by NumPy; None, with a problem, where the inputs do not fit."""
        try:
            return reference.recompute(self.program, inputs)
        except ValueError as problem:
            message = f"expected inputs that the lesson can use, got {problem}"
            self.report.problems.append(Problem("", "", "input", message))
            return None

    def cells(self, name: str, values: Values) -> list[tuple[str, Value]]:
        area = self.names[name]
        now = values.get(area.sheet, {})
        return [(address(*cell), now.get(address(*cell))) for cell in area.cells()]

    def compare_step(self, name: str, table: Table) -> None:
        area = self.names[name]
        largest: float | None = 0.0
        for (cell, value), want in zip(
            self.cells(name, self.values), self.wanted(name, table), strict=True
        ):
            wrong = _distance(value, want)
            if not wrong <= self.tolerance:
                message = f"{name}: expected {_shown(want)}, got {_shown(value)}"
                self.problem(area, cell, "wrong value", message)
            if largest is not None:
                largest = None if math.isinf(wrong) else max(largest, wrong)
        count = area.rows * area.columns
        self.report.steps.append(Step(name, area.sheet, area.relative, count, largest))

    @staticmethod
    def wanted(name: str, table: Table) -> list[Value]:
        """The reference's elements row by row; an absent word is the dash that is shown."""
        return [
            ABSENT if isinstance(v, float) and math.isnan(v) else v
            for v in table[name].values.ravel().tolist()
        ]

    # --- pass 4 ---

    def prove_liveness(self) -> None:
        """Change all numbers, then all words, then each switch; what does not follow is dead."""
        inputs = {n: v for n, v in self.nodes.items() if isinstance(v, (Input, Words))}
        switches = [n for n, v in inputs.items() if isinstance(v, Input) and v.choices]
        words = [n for n, v in inputs.items() if isinstance(v, Words)]
        numbers = [n for n in inputs if n not in switches and n not in words]
        dead: set[str] = set()
        for what, names in (
            ("all numbers", numbers),
            ("all words", words),
            *((name, [name]) for name in switches),
        ):
            changes = [change for name in names for change in self.other_content(name)]
            table = self.expected(self.inputs(changes)) if changes else None
            if table is not None:
                self.require_follows(what, changes, table, dead)

    def require_follows(
        self, what: str, changes: list[Change], table: Table, dead: set[str]
    ) -> None:
        """Every step follows NumPy after some changes; the dead are reported once."""
        values = self.recalculate(self.saved.path, changes)
        for step, node in self.nodes.items():
            if isinstance(node, (Input, Words)) or step in dead:
                continue
            cells = self.cells(step, values)
            for (cell, value), want in zip(cells, self.wanted(step, table), strict=True):
                if _unstable(want) or _distance(value, want) <= self.tolerance:
                    continue
                dead.add(step)
                message = (
                    f"{step}: expected {_shown(want)} after a change of {what}, got {_shown(value)}"
                )
                self.problem(self.names[step], cell, "not live", message)
                break

    def other_content(self, name: str) -> list[Change]:
        node = self.nodes[name]
        assert isinstance(node, (Input, Words))
        return other_content(node, self.names[name], self.typed)

    # --- passes 5 and 6 ---

    def judge_claims(self, table: Table) -> None:
        for claim in self.lesson.claims:
            if not claim.holds:
                continue
            name = f"Claim_{claim.name}"
            area = self.names[name]
            (cell, shown), want = self.cells(name, self.values)[0], self.wanted(name, table)[0]
            marks: dict[Value, bool | None] = {Verdict.YES: True, ABSENT: None}
            ok = marks.get(shown, False)
            if shown != want:
                message = f"{name}: expected {_shown(want)}, got {_shown(shown)}"
                self.problem(area, cell, "wrong value", message)
            if ok is False:
                self.problem(area, cell, "claim", f"{claim.name} does not hold")
            self.report.claims.append(ClaimResult(claim.name, area.sheet, cell, "live", ok))

    def try_what_ifs(self, before: Table) -> None:
        for claim in self.lesson.claims:
            if claim.change:
                ok = self.try_what_if(claim, before)
                self.report.claims.append(ClaimResult(claim.name, "", "", "what-if", ok))

    def try_what_if(self, claim: Claim, before: Table) -> bool | None:
        try:
            changes = [
                change
                for place, content in claim.change.items()
                for change in self.changes(place, content)
            ]
        except NotationError:
            return None  # its word has been replaced: there is nothing to change
        after = self.expected(self.inputs(changes))
        if after is None:
            return False
        computed = self.as_computed(after, self.recalculate(self.saved.path, changes))
        before = self.as_computed(before, self.values)
        then = next(told.then for told in self.structure.claims if told.name == claim.name)
        ok = bool(reference.evaluate(then, computed, before=before).values.all())
        if not ok:
            self.report.problems.append(
                Problem("", "", "claim", f"{claim.name} does not hold after its change")
            )
        return ok

    def as_computed(self, table: Table, values: Values) -> Table:
        """The engine's numbers under the names and labels of the reference's table."""
        computed = dict(table)
        for name, named in table.items():
            if name in self.names and named.values.dtype != object:
                cells = [value for _, value in self.cells(name, values)]
                numbers = [value if isinstance(value, float) else math.nan for value in cells]
                shaped = np.array(numbers).reshape(named.values.shape)
                computed[name] = Named(shaped, named.rows, named.columns)
        return computed

    def changes(self, place: str, content: Content) -> list[Change]:
        """The cells on the sheet that a claim changes."""
        words = {
            name: [str(word) for word in self.typed[name][:, 0]]
            for name, node in self.nodes.items()
            if isinstance(node, Words)
        }
        name, cells = changed_cells(place, content, self.nodes, words)
        area = self.names[name]
        return [
            (area.sheet, address(area.row + row, area.column + column), new)
            for row, column, new in cells
        ]


def _distance(value: Value, want: Value) -> float:
    """How far apart two contents are; infinity where they are not both numbers, or one text."""
    if isinstance(value, float) and isinstance(want, float):
        if math.isnan(value) or math.isnan(want):
            return math.inf
        return error(value, want)
    return 0.0 if value == want else math.inf


def _unstable(want: Value) -> bool:
    """Whether a result is outside the numbers, where engines show errors of their own."""
    return isinstance(want, float) and not math.isfinite(want)

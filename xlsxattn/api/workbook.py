"""Workbooks of one's own mathematics, written in Python.

::

    book = Workbook("Attention from Python")
    X = book.input("X", [[2, 0], [0, 2]], rows=["cat", "keyboard"], columns=["animal", "device"])
    weights = book.step("Attention", softmax(X @ X.T / sqrt(2)), heat=True)
    book.claim("shares", "Each row sums to 1.", close(row_sum(weights), 1))
    book.save("attention.xlsx")

Every step stands under a heading of its own, as live formulas with their values stored.
What does not fit into one formula is cut into parts (``parts``), which become steps too: a
part of the step ``Attention`` is ``Attention_Exponentials``, and a sum of rows of a matrix X
is ``X_RowSum``, a column beside X. A claim is a cell that shows ✓ or ✗.

Everything is checked when it is said: an error is one line that names the step, and leaves
the workbook as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from xlsxattn.a1 import is_legal_name
from xlsxattn.api.arguments import (
    check_size,
    checked_choices,
    checked_decimals,
    checked_limits,
    checked_numbers,
    checked_text,
    checked_tone,
    checked_word,
    naming,
)
from xlsxattn.api.parts import Cutter, Place
from xlsxattn.errors import ContentError
from xlsxattn.expression import (
    Elementwise,
    Header,
    Input,
    Joined,
    Labels,
    Lookup,
    Matrix,
    Product,
    Reduction,
    Slice,
    Step,
    Texts,
    Transpose,
    Verdict,
    Words,
    is_comparison,
)
from xlsxattn.layout import lay_out
from xlsxattn.lesson.validation import MAX_WORD
from xlsxattn.mathematics import mathematics, softmax_argument
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Claim,
    Lane,
    Outline,
    Series,
    Setting,
    labels,
    with_settings,
)
from xlsxattn.texts import languages, texts
from xlsxattn.workbook import save

#: Titles of rows or columns: fixed texts, or the words of ``Workbook.words``.
Names = Sequence[str] | Matrix

MAX_NAME = 200  # so that Excel's 255 characters hold the names of parts too
MAX_MATHEMATICS = 48  # characters that stand beside the title of a heading

#: What a part is called, after the step that it is a part of.
KINDS = {
    "add": "Sum", "subtract": "Difference", "multiply": "Product", "divide": "Quotient",
    "exp": "Exponentials", "ln": "Logarithms", "sqrt": "Roots",
}  # fmt: skip
STRUCTURES: dict[type[Matrix], str] = {
    Product: "Product", Transpose: "Transposed", Joined: "Joined", Lookup: "Rows", Slice: "Slice",
    Input: "Selector",
}  # fmt: skip
#: What stands for a table of parts where there is no room for them.
LISTS = {"rows": "[…; …]", "columns": "[…, …]"}
TOTALS = {"sum": "Total", "max": "Maximum", "min": "Minimum", "mean": "Mean"}


@dataclass
class _Spot:
    """Where a node stands: its block, in a lane of a band."""

    band: Band
    lane: Lane
    block: Block


@dataclass(frozen=True)
class _Manner:
    """How the parts of a step look: as the step itself."""

    name: str
    title: str
    tone: str
    decimals: int
    sheet: str


class Workbook:
    """A workbook that is being written: inputs, steps, claims and charts, in reading order.

    ``title`` and ``subtitle`` stand at the head of the page. ``language`` is that of the
    texts that are not one's own, ``"en"`` or ``"zh"``. Rows whose label is the word
    ``focus`` are set in bold.

    Steps are made of matrices by the operators ``+ - * / ** @ < <= > >= &``, ``abs``, ``A.T``,
    parts as ``A[0]`` and ``A["cat", "animal"]``, and the functions of ``xlsxattn``:
    ``softmax``, ``row_sum``, ``lookup``, ``gradients``, ``close`` and others, which
    ``help("xlsxattn.api.functions")`` describes and ``xlsxattn.__all__`` lists.
    """

    def __init__(
        self, title: str, *, subtitle: str = "", language: str = "en", focus: str = ""
    ) -> None:
        if language not in languages():
            known = ", ".join(languages())
            raise ContentError(f"language: expected one of {known}, got {language!r}")
        self.title = checked_text("title", title, least=1)
        self.subtitle = checked_text("subtitle", subtitle)
        self.language, self.focus = language, checked_text("focus", focus)
        self._texts = texts(language)
        self._bands: list[Band] = []
        self._settings: list[Setting] = []
        self._claims: list[Claim] = []
        self._nodes: dict[str, Matrix] = {}
        self._spots: dict[Matrix, _Spot] = {}
        self._symbols: dict[Matrix, str] = {}
        self._reductions: dict[tuple[str, str, Matrix], Step] = {}
        self._logits: set[Matrix] = set()
        self._cutter = Cutter()

    def __repr__(self) -> str:
        return f"Workbook({self.title!r}, {len(self._nodes)} matrices)"

    # --- what a workbook is made of ---

    def input(
        self,
        name: str,
        values: Any,
        *,
        rows: Names | None = None,
        columns: Names | None = None,
        title: str = "",
        note: str = "",
        choices: Sequence[float] = (),
        limits: Sequence[float] | None = None,
        decimals: int | None = None,
        signed: bool = False,
        tone: str = "input",
        next_to: Matrix | None = None,
        sheet: str = "",
    ) -> Matrix:
        """Numbers for a reader to change: ``(n, m)``, or a list, which is one row.

        A single number without labels and ``note`` stands among the settings, under its
        ``title``; with ``choices``, it is a switch that takes only those. ``limits`` are the
        least and the largest number that the cells accept, as ``(0, 1)``. Everything else
        gets a heading, or stands ``next_to`` an earlier matrix, under its heading.
        ``decimals`` (2, or 0 for whole choices) and ``signed`` say how numbers are shown,
        and ``sheet`` names a sheet that is not printed.
        """
        self._check_name(name)
        self._check_texts(name, title=title, note=note, sheet=sheet)
        data = checked_numbers(name, values)
        row_labels = self._labels(name, rows, "rows")
        column_labels = self._labels(name, columns, "columns")
        listed = checked_choices(name, data, choices)
        whole = bool(listed) and all(choice.is_integer() for choice in listed)
        shown = checked_decimals(name, (0 if whole else 2) if decimals is None else decimals)
        accepted = checked_limits(name, data, limits, listed)
        node = Input(name, data, row_labels, column_labels, listed, accepted)
        alone = node.shape == (1, 1) and row_labels is None and column_labels is None
        if alone and not note and not sheet and next_to is None:
            self._settings.append(Setting(node, title or name, shown))
        else:
            header = title or name if next_to is not None else name
            block = self._block(
                node, header, tone=checked_tone(name, tone), decimals=shown, signed=signed
            )
            written = name if title not in ("", name) and next_to is None else ""
            self._put(name, title or name, note, written, block, next_to, sheet)
        self._nodes[name] = node
        return node

    def words(self, name: str, words: Sequence[str], *, choices: Matrix | None = None) -> Matrix:
        """Words for a reader to change, ``(n, 1)``: to be the ``rows`` of a matrix.

        They stand where they first label the rows of a matrix, and all other labels follow
        them. ``choices`` are the words that each of them is chosen from; ``lookup`` finds
        the rows of words in a table.
        """
        self._check_name(name)
        if isinstance(words, str) or not words:
            raise ContentError(f"{name}: expected a list of words, got {words!r}")
        lowered: dict[str, str] = {}
        for word in words:
            other = lowered.setdefault(checked_word(name, word).upper().casefold(), word)
            if other != word:  # a lookup takes the one for the other
                raise ContentError(
                    f"{name}: expected words that differ by more than their case, "
                    f"got {other!r} and {word!r}"
                )
        if choices is not None:
            if not isinstance(choices, Words) or not self._has(choices):
                raise ContentError(f"{name}: expected words of this workbook as choices, got "
                                   f"{choices!r}")  # fmt: skip
            unknown = [word for word in words if word not in choices.words]
            if unknown:
                known = ", ".join(choices.words[:20])
                raise ContentError(f"{name}: expected one of {known}, got {unknown[0]!r}")
        node = Words(name, words, choices)
        self._nodes[name] = node
        return node

    def step(
        self,
        name: str,
        expression: Matrix,
        *,
        rows: Names | None = None,
        columns: Names | None = None,
        title: str = "",
        note: str = "",
        mathematics: str | None = None,
        heat: bool = False,
        decimals: int = 2,
        signed: bool = False,
        tone: str = "",
        beside: Matrix | None = None,
        next_to: Matrix | None = None,
        sheet: str = "",
    ) -> Matrix:
        """A matrix with cells, a heading and a defined name: ``expression`` as formulas.

        ``mathematics`` stands at the right of the heading; without it, the expression is
        written out where that is short. ``heat`` colours the cells by their size.
        ``beside`` an earlier matrix of equally many rows, the step stands right at its
        cells; ``next_to`` one, it stands in the same band with labels of its own. ``tone``
        is the colour of the heading, such as ``"scores"`` or ``"output"``. Labels are those
        of the operands, unless ``rows`` or ``columns`` are given; a column ``beside``
        another is headed by its own title or name. Where operands differ in their labels,
        as in sums of shifted slices, those of the first are taken: give ``rows=`` there.
        """
        self._check_name(name)
        written = checked_text(name, mathematics or "")
        self._check_texts(name, title=title, note=note, sheet=sheet)
        self._check_expression(name, expression)
        if beside is not None and next_to is not None:
            raise ContentError(f"{name}: expected either beside or next_to, got both")
        host = beside if beside is not None else next_to
        if host is not None:
            sheet = self._spot(name, host).band.sheet
        if beside is not None and expression.rows != beside.rows:
            raise ContentError(
                f"{name}: expected {beside.rows} rows beside {beside!r}, got {expression.rows}"
            )
        row_labels = self._labels(name, rows, "rows")
        column_labels = self._labels(name, columns, "columns")
        for given, length, what in (
            (row_labels, expression.rows, "rows"),
            (column_labels, expression.columns, "columns"),
        ):
            if given is not None and len(given) != length:
                raise ContentError(f"{name}: expected {length} {what}, got {len(given)}")
        own_tone = checked_tone(name, tone or ("output" if heat else "neutral"))
        manner = _Manner(name, title or name, own_tone, checked_decimals(name, decimals), sheet)
        formula = self._cut(manner, expression)
        if beside is not None and expression.columns == 1 and expression.column_labels is not None:
            column_labels = column_labels or Texts.of((title or name,))  # not its neighbour's
        node = Step(name, formula, row_labels, column_labels)
        if node.shape == (1, 1):  # one number is no longer of the row that it was taken from
            node.row_labels, node.column_labels = row_labels, column_labels
        if mathematics is None:
            written = self._mathematics(expression) or self._mathematics(formula)
        block = self._block(node, title or name if host is not None else name, tone=own_tone,
                            decimals=decimals, signed=signed, heat=heat)  # fmt: skip
        if beside is not None:
            self._attach(node, block, self._spot(name, beside))
            self._add_to(self._spot(name, beside).band, note, written)
        else:
            self._put(name, title or name, note, written, block, next_to, sheet)
        self._nodes[name] = node
        self._remember(formula, node)
        return node

    def claim(
        self, name: str, text: str, condition: Matrix, *, when: Matrix | None = None
    ) -> Matrix:
        """A sentence with a live verdict: ✓ where the scalar ``condition`` holds, ✗ where not.

        ``when`` is a second condition, without which the verdict is –. The cell is named
        ``Claim_`` and the name.
        """
        full = f"Claim_{name}"
        self._check_name(full)
        checked_text(name, text, least=1)
        for expression in (condition,) if when is None else (condition, when):
            self._check_expression(full, expression)
        with naming(full):
            verdict = Verdict(condition, when)
        formula = self._cut(_Manner(full, text, "neutral", 2, ""), verdict)
        node = Step(full, formula)
        self._claims.append(Claim(name, text, "", node))
        self._nodes[full] = node
        return node

    def bar_chart(
        self,
        matrix: Matrix,
        title: str,
        *,
        alternative: str = "",
        columns: Sequence[str] | None = None,
    ) -> None:
        """Bars over the column labels of a matrix, a series a row; or over some columns.

        The legend has the row labels; without any, it has the name of the matrix.
        ``alternative`` describes the chart to those who do not see it. Columns are from the
        first to the last of those named.
        """
        spot = self._chart_spot(matrix, title, alternative)
        if matrix.column_labels is None:
            raise ContentError(f"{title}: expected a matrix with column labels, got {matrix!r}")
        positions = [0, matrix.columns - 1]
        if columns is not None:
            ids = _ids(matrix.column_labels)
            unknown = [column for column in columns if column not in ids]
            if unknown or not columns:
                came = repr(unknown[0]) if unknown else "none"
                raise ContentError(f"{title}: expected some of {', '.join(ids)}, got {came}")
            positions = [ids.index(column) for column in columns]
        span = min(positions), max(positions)
        shown = labels(matrix.row_labels, matrix.rows) or _numbered(matrix)
        series = [Series(shown[row], matrix, row, span) for row in range(matrix.rows)]
        x = Series("", matrix.header, 0, span)
        spot.band.chart = Chart("bar", title, alternative or title, series, x)

    def line_chart(
        self,
        x: Matrix,
        series: Sequence[Matrix],
        title: str,
        *,
        alternative: str = "",
        logarithmic: bool = False,
    ) -> None:
        """Lines over a column of numbers: ``x`` and each of the series are ``(n, 1)``."""
        if isinstance(series, Matrix) or not series:
            raise ContentError(f"{title}: expected a list of matrices, got {series!r}")
        for node in (x, *series):
            if not isinstance(node, Matrix) or node.shape != (x.rows, 1):
                raise ContentError(f"{title}: expected columns of equally many rows, got {node!r}")
        spots = [self._spot(title, node) for node in (x, *series)]
        last = max(spots, key=lambda spot: self._bands.index(spot.band))
        if len({spot.band.sheet for spot in spots}) > 1:
            raise ContentError(f"{title}: expected columns on one sheet, got several")
        spot = self._chart_spot(last.block.node, title, alternative)
        lines = [
            Series((one.block.column_labels or (node.name,))[0], node)
            for one, node in zip(spots, (x, *series), strict=True)
        ]
        kind = "log" if logarithmic else "line"
        spot.band.chart = Chart(kind, title, alternative or title, lines[1:], lines[0])

    def save(self, path: str | PathLike[str]) -> None:
        """Write the workbook; its name ends in .xlsx, and folders are made where needed.

        The file appears whole or not at all. WorkbookError where it cannot be written,
        LayoutError or FormulaError where the content does not fit into a spreadsheet.
        """
        target = Path(path)
        if target.suffix.lower() != ".xlsx":
            raise ContentError(f"{path}: expected a name that ends in .xlsx, got {target.name!r}")
        if not self._nodes:
            raise ContentError(f"{self.title}: expected at least one input or step, got none")
        for name, node in self._nodes.items():
            if isinstance(node, Words) and not self._stand_somewhere(node):
                raise ContentError(f"{name}: expected a matrix with these words as its rows, "
                                   "got none")  # fmt: skip
        heading = self._texts["interface"]["settings"]
        bands = with_settings(self._bands, self._settings, heading)
        outline = Outline(
            None, self.language, self.title, self.subtitle, bands, self._claims,
            self._nodes, self._texts, self.focus,
        )  # fmt: skip
        save([lay_out(outline)], target, title=self.title, subject=self.subtitle,
             language=self.language)  # fmt: skip

    # --- checks ---

    def _check_name(self, name: str) -> None:
        if not isinstance(name, str) or not is_legal_name(name):
            raise ContentError(
                f"{name}: expected a name of letters, digits and _ that is no address "
                f"(not Q1, R or C), got {name!r}"
            )
        if len(name) > MAX_NAME:
            raise ContentError(
                f"{name[:40]}…: expected a name of at most {MAX_NAME} characters, got {len(name)}"
            )
        taken = self._taken(name)
        if taken:
            raise ContentError(f"{name}: expected a new name, got one that is taken by {taken}")

    def _taken(self, name: str) -> str:
        """The name that stands in the way of another: capitals make no difference to Excel."""
        return next((other for other in self._nodes if other.lower() == name.lower()), "")

    @staticmethod
    def _check_texts(name: str, **given: str) -> None:
        for what, text in given.items():
            checked_text(f"{name}.{what}", text)

    def _check_expression(self, name: str, expression: Matrix) -> None:
        if not isinstance(expression, Matrix):
            truth = "; == compares no cells: use close(a, b) or a.equal(b)"
            came = type(expression).__name__ + truth * isinstance(expression, bool)
            raise ContentError(f"{name}: expected a matrix, got {came}")
        for node in self._leaves(expression):
            known = node.of if isinstance(node, Header) else node
            if known.name and not self._has(known):
                raise ContentError(
                    f"{name}: expected matrices of this workbook, got {known!r} of another"
                )
        check_size(name, *expression.shape)
        value = expression.value
        if value.dtype != object and not expression.optional and not np.isfinite(value).all():
            wrong = next(number for number in value.ravel().tolist() if not np.isfinite(number))
            raise ContentError(f"{name}: expected finite numbers, got {wrong}")

    def _leaves(self, expression: Matrix) -> Iterator[Matrix]:
        """The placed nodes that an expression is made of."""
        if expression.placed:
            yield expression
        for node in self._cutter.unplaced(expression):
            yield from (o for o in node.operands if o.placed)

    def _has(self, node: Matrix) -> bool:
        return self._nodes.get(node.name) is node

    def _labels(self, name: str, given: Names | None, what: str) -> Labels | None:
        if given is None:
            return None
        if isinstance(given, Words):
            if not self._has(given):
                raise ContentError(f"{name}: expected words of this workbook as {what}, got "
                                   f"{given!r}")  # fmt: skip
            if what == "columns" and not self._stand_somewhere(given):
                raise ContentError(f"{name}: expected words that are the rows of an earlier "
                                   f"matrix as columns, got {given!r}")  # fmt: skip
            return given
        if isinstance(given, (str, Matrix)):
            raise ContentError(f"{name}: expected a list of texts as {what}, got {given!r}")
        return Texts.of(checked_text(f"{name}.{what}", text, most=MAX_WORD) for text in given)

    def _stand_somewhere(self, words: Words) -> bool:
        return any(
            spot.block.row_labels and spot.block.node.row_labels is words
            for spot in self._spots.values()
        )

    def _spot(self, name: str, node: Matrix) -> _Spot:
        if node not in self._spots:
            raise ContentError(
                f"{name}: expected a matrix with a place under a heading, got {node!r}"
                + "; make it a step first" * (isinstance(node, Matrix) and not node.placed)
            )
        return self._spots[node]

    def _chart_spot(self, matrix: Matrix, title: str, alternative: str) -> _Spot:
        checked_text("a chart's title", title, least=1)
        checked_text(f"{title}.alternative", alternative)
        spot = self._spot(title, matrix)
        if spot.band.chart is not None:
            raise ContentError(f"{title}: expected one chart under a heading, got a second one")
        return spot

    # --- parts ---

    def _cut(self, manner: _Manner, expression: Matrix) -> Matrix:
        """The expression in terms of what is placed; its parts are placed on the way."""
        for node in list(self._leaves(expression)):
            if isinstance(node, Input) and not node.name:
                self._place_selector(manner, node)
        arguments = map(softmax_argument, self._cutter.unplaced(expression))
        self._logits.update(x for x in arguments if x is not None)
        with naming(manner.name):
            return self._cutter.cut(manner.name, expression, self._placer(manner))

    def _placer(self, manner: _Manner) -> Place:
        def place(node: Matrix, written: Matrix) -> Matrix:
            if isinstance(node, Reduction):
                known = self._reductions.get((node.operation, node.axis, node.operands[0]))
                return known or self._place_reduction(manner, node)
            return self._place_part(manner, node, written)

        return place

    def _place_part(self, manner: _Manner, node: Matrix, before: Matrix) -> Step:
        """A part under a heading of its own, before the step that uses it."""
        kind, standard = _kind(node), "Part"
        if before in self._logits:
            kind = standard = "Logits"
        elif softmax_argument(before) is not None:
            standard = "Exponentials"
        step = Step(self._free(f"{manner.name}_{kind}"), node)
        symbol = LISTS[node.direction] if isinstance(node, Joined) else kind
        self._keep_part(step, symbol)
        usual = self._texts["steps"][standard]
        title = usual["title"] if standard != "Part" else self._part_title(manner, usual["title"])
        header = self._mathematics(node, 12) or symbol
        block = self._block(step, header, tone=manner.tone, decimals=manner.decimals)
        whole = before if isinstance(node, Joined) else node  # its parts are lists, as it is
        written = self._mathematics(whole) or self._mathematics(node)
        self._put(step.name, title, usual["note"], written, block, None, manner.sheet)
        return step

    def _place_selector(self, manner: _Manner, node: Input) -> None:
        """The ones and zeros by which a gradient puts a part back into its place."""
        node.name = self._free(f"{manner.name}_{_kind(node)}")
        self._keep_part(node, _kind(node))
        usual = self._texts["steps"]["Part"]
        block = self._block(node, _kind(node), decimals=0)
        title = self._part_title(manner, usual["title"])
        self._put(node.name, title, usual["note"], "1, 0", block, None, manner.sheet)

    def _place_reduction(self, manner: _Manner, node: Reduction) -> Step:
        """A sum, maximum or mean beside what it is taken of: at its right, or under it."""
        of = node.operands[0]
        kind = TOTALS[node.operation]
        if node.axis != "all":
            kind = f"{node.axis.capitalize()}{node.operation.capitalize()}"
        owner = of.name if of.placed else manner.name
        name = self._free(f"{owner}_{kind}")
        interface = self._texts["interface"]
        symbol = interface[{"sum": "sum", "max": "maximum", "min": "minimum"}.get(
            node.operation, "mean")]  # fmt: skip
        step = Step(name, node)
        self._keep_part(step, symbol if node.axis != "all" else self._mathematics(node) or kind)
        self._remember(node, step)
        spot = self._spots.get(of)
        if node.axis == "all" and spot is None:
            spot = next((self._spots[n] for n in self._leaves(of) if n in self._spots), None)
        decimals = spot.block.decimals if spot is not None else manner.decimals
        if node.axis == "all":
            symbol = self._mathematics(node, 10) or symbol
        if spot is not None and node.axis != "column":
            self._attach(step, Block(step, (), (symbol,), decimals=decimals), spot)
        elif spot is not None and spot.lane[0] is spot.block:
            self._attach_under(step, Block(step, (symbol,), decimals=decimals), spot)
        else:
            usual = self._texts["steps"]["Part"]
            block = self._block(step, symbol, tone=manner.tone, decimals=decimals)
            title = self._part_title(manner, symbol)
            written = self._mathematics(node)
            self._put(name, title, usual["note"], written, block, None, manner.sheet)
        return step

    def _part_title(self, manner: _Manner, what: str) -> str:
        """A heading that says of which step this is a part, unlike those of its other parts."""
        taken = {band.title for band in self._bands}
        title, number = f"{manner.title} · {what}", 2
        while title in taken:
            title, number = f"{manner.title} · {what} {number}", number + 1
        return title

    def _keep_part(self, node: Matrix, symbol: str) -> None:
        """Keep a part under its name, and what mathematics calls it."""
        self._nodes[node.name] = node
        self._symbols[node] = symbol

    def _free(self, name: str) -> str:
        """The name, with a number where it is taken."""
        free, number = name, 2
        while self._taken(free):
            free, number = f"{name}{number}", number + 1
        return free

    def _remember(self, formula: Matrix, step: Step) -> None:
        """A reduction is placed once, whoever asks for it again."""
        if isinstance(formula, Reduction):
            key = formula.operation, formula.axis, formula.operands[0]
            self._reductions.setdefault(key, step)

    def _mathematics(self, expression: Matrix, longest: int = MAX_MATHEMATICS) -> str:
        return mathematics(expression, self._symbols, longest)

    # --- places ---

    def _block(self, node: Matrix, header: str, **options: Any) -> Block:
        """A block with the labels of its node; one column has a header in any case."""
        across = labels(node.column_labels, node.columns)
        if not across and node.columns == 1:
            across = (header,)
        return Block(node, labels(node.row_labels, node.rows), across, **options)

    def _put(
        self, key: str, title: str, note: str, written: str, block: Block,
        next_to: Matrix | None, sheet: str,
    ) -> None:  # fmt: skip
        """Put a block under a heading of its own, or next to one that has a heading."""
        if next_to is None:
            band = Band(key, title, note, written, [[block]], block.tone, sheet=sheet)
            self._bands.append(band)
        else:
            band = self._spot(key, next_to).band
            block.caption = "" if block.column_labels == (title,) else title
            band.lanes.append([block])
            self._add_to(band, note, written)
        self._spots[block.node] = _Spot(band, band.lanes[-1], block)

    @staticmethod
    def _add_to(band: Band, note: str, written: str) -> None:
        """Another sentence under a heading, and more mathematics where there is room."""
        band.note = f"{band.note} {note}".strip()
        both = ", ".join(text for text in (band.mathematics, written) if text)
        if len(both) <= MAX_MATHEMATICS:
            band.mathematics = both

    def _attach(self, node: Matrix, block: Block, spot: _Spot) -> None:
        """Put a block right at the cells of the blocks that stand in a lane."""
        block.attached, block.row_labels = True, ()
        spot.lane.append(block)
        self._spots[node] = _Spot(spot.band, spot.lane, block)

    def _attach_under(self, node: Matrix, block: Block, spot: _Spot) -> None:
        """Put a row right under the first block of a lane, column under column."""
        under = [b for b in spot.lane if isinstance(b, Block) and b.gap < 0]
        block.attached, block.gap = True, -node.columns
        block.row_offset = spot.block.node.rows + len(under)
        spot.lane.insert(1 + len(under), block)
        self._spots[node] = _Spot(spot.band, spot.lane, block)


# --- small helpers --------------------------------------------------------------------


def _kind(node: Matrix) -> str:
    """What a part is: the ending of its name."""
    if isinstance(node, Elementwise):
        if is_comparison(node):
            return "Comparison"
        return KINDS.get(node.operation, node.operation.capitalize())
    return next((kind for of, kind in STRUCTURES.items() if isinstance(node, of)), "Part")


def _numbered(matrix: Matrix) -> tuple[str, ...]:
    """What a legend calls rows without labels."""
    if matrix.rows == 1:
        return (matrix.name,)
    return tuple(f"{matrix.name} {number}" for number in range(1, matrix.rows + 1))


def _ids(of: Labels) -> tuple[str, ...]:
    return of.words if isinstance(of, Words) else of.ids

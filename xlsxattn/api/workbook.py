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

from collections.abc import Sequence
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
)
from xlsxattn.builder import Builder, Look
from xlsxattn.errors import ContentError
from xlsxattn.expression import Header, Input, Labels, Matrix, Texts, Words
from xlsxattn.formula.forms import FORMS
from xlsxattn.layout import lay_out
from xlsxattn.lesson.validation.words import MAX_WORD
from xlsxattn.outline import Setting
from xlsxattn.texts import languages
from xlsxattn.writer import save

#: Titles of rows or columns: fixed texts, or the words of ``Workbook.words``.
Names = Sequence[str] | Matrix

MAX_NAME = 200  # so that Excel's 255 characters hold the names of parts too


class Workbook:
    """A workbook that is being written: inputs, steps, claims and charts, in reading order.

    ``title`` and ``subtitle`` stand at the head of the page. ``language`` is that of the
    texts that are not one's own, ``"en"`` or ``"zh"``. Rows whose label is the word
    ``focus`` are set in bold. ``form`` says how formulas stand in the cells: ``"cells"``, an
    ordinary one in each; ``"arrays"``, array formulas from the first product on, which
    spreadsheets compute faster; ``"auto"``, arrays only where a product is large.

    Steps are made of matrices by the operators ``+ - * / ** @ < <= > >= &``, ``abs``, ``A.T``,
    parts as ``A[0]`` and ``A["cat", "animal"]``, and the functions of ``xlsxattn``:
    ``softmax``, ``row_sum``, ``lookup``, ``gradients``, ``close`` and others, which
    ``help("xlsxattn.functions")`` describes and ``xlsxattn.__all__`` lists.
    """

    def __init__(
        self, title: str, *, subtitle: str = "", language: str = "en", focus: str = "",
        form: str = "auto",
    ) -> None:  # fmt: skip
        if language not in languages():
            known = ", ".join(languages())
            raise ContentError(f"language: expected one of {known}, got {language!r}")
        self.title = checked_text("title", title, least=1)
        self.subtitle = checked_text("subtitle", subtitle)
        self.language, self.focus = language, checked_text("focus", focus)
        if form not in FORMS:
            raise ContentError(f"form: expected one of {', '.join(FORMS)}, got {form!r}")
        self._builder = Builder(language, form)

    def __repr__(self) -> str:
        return f"Workbook({self.title!r}, {len(self._builder.nodes)} matrices)"

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
            self._builder.settings.append(Setting(node, title or name, shown))
            self._builder.keep(node)
            return node
        look = Look(
            title=title or name, note=note,
            header=title or name if next_to is not None else name,
            written=name if title not in ("", name) and next_to is None else "",
            tone=checked_tone(name, tone), decimals=shown, signed=signed, next_to=next_to,
            sheet=sheet,
        )  # fmt: skip
        self._builder.add_block(node, look)
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
            if not isinstance(choices, Words) or not self._builder.has(choices):
                raise ContentError(f"{name}: expected words of this workbook as choices, got "
                                   f"{choices!r}")  # fmt: skip
            unknown = [word for word in words if word not in choices.words]
            if unknown:
                known = ", ".join(choices.words[:20])
                raise ContentError(f"{name}: expected one of {known}, got {unknown[0]!r}")
        node = Words(name, words, choices)
        self._builder.nodes[name] = node
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
            self._builder.host(name, host)
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
        look = Look(
            title=title or name, note=note, alone=True,
            written=None if mathematics is None else written,
            header=title or name if host is not None else name,
            tone=checked_tone(name, tone or ("output" if heat else "neutral")),
            decimals=checked_decimals(name, decimals), signed=signed, heat=heat,
            beside=beside, next_to=next_to, sheet=sheet,
        )  # fmt: skip
        return self._builder.add_step(name, expression, look, row_labels, column_labels)

    def follow(self, written: Matrix, follows: Matrix) -> None:
        """Say what writes a ``continued`` step: its row t + 1 is row t of ``follows``.

        ``follows`` is a step of its shape that is computed from it, such as the
        ``largest_label`` of a word's logits. Every step between the two is then printed row by
        row: a row reads itself and those above it. ContentError where they do not fit,
        FormulaError names a step that reads a later row.
        """
        for node in (written, follows):
            if not isinstance(node, Matrix) or not self._builder.has(node):
                raise ContentError(f"follow: expected steps of this workbook, got {node!r}")
        self._builder.follow(written, follows)

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
        return self._builder.add_claim(name, text, "", condition, when)

    def bar_chart(
        self,
        matrix: Matrix,
        title: str,
        *,
        alternative: str = "",
        columns: Sequence[str] | None = None,
        lines: bool = False,
    ) -> None:
        """Bars over the column labels of a matrix, a series a row; or over some columns.

        With ``lines``, lines in place of bars.

        The legend has the row labels; without any, it has the name of the matrix.
        ``alternative`` describes the chart to those who do not see it. Columns are from the
        first to the last of those named.
        """
        self._chart_spot(matrix, title, alternative)
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
        kind = "trend" if lines else "bar"
        self._builder.bar_chart(matrix, title, alternative or title, span, kind)

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
        spots = [self._builder.host(title, node) for node in (x, *series)]
        last = max(spots, key=lambda spot: self._builder.bands.index(spot.band))
        if len({spot.band.sheet for spot in spots}) > 1:
            raise ContentError(f"{title}: expected columns on one sheet, got several")
        self._chart_spot(last.block.node, title, alternative)
        kind = "log" if logarithmic else "line"
        self._builder.line_chart(last.band, (x, *series), title, alternative or title, kind)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the workbook; its name ends in .xlsx, and folders are made where needed.

        The file appears whole or not at all. WorkbookError where it cannot be written,
        LayoutError or FormulaError where the content does not fit into a spreadsheet.
        """
        target = Path(path)
        if target.suffix.lower() != ".xlsx":
            raise ContentError(f"{path}: expected a name that ends in .xlsx, got {target.name!r}")
        if not self._builder.nodes:
            raise ContentError(f"{self.title}: expected at least one input or step, got none")
        for name, node in self._builder.nodes.items():
            if isinstance(node, Words) and not self._builder.stand_somewhere(node):
                raise ContentError(f"{name}: expected a matrix with these words as its rows, "
                                   "got none")  # fmt: skip
        outline = self._builder.outline(self.title, self.subtitle, focus=self.focus)
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
        taken = self._builder.taken(name)
        if taken:
            raise ContentError(f"{name}: expected a new name, got one that is taken by {taken}")

    @staticmethod
    def _check_texts(name: str, **given: str) -> None:
        for what, text in given.items():
            checked_text(f"{name}.{what}", text)

    def _check_expression(self, name: str, expression: Matrix) -> None:
        if not isinstance(expression, Matrix):
            truth = "; == compares no cells: use close(a, b) or a.equal(b)"
            came = type(expression).__name__ + truth * isinstance(expression, bool)
            raise ContentError(f"{name}: expected a matrix, got {came}")
        for node in self._builder.leaves(expression):
            known = node.of if isinstance(node, Header) else node
            if known.name and not self._builder.has(known):
                raise ContentError(
                    f"{name}: expected matrices of this workbook, got {known!r} of another"
                )
        check_size(name, *expression.shape)
        value = expression.value
        if value.dtype != object and not expression.optional and not np.isfinite(value).all():
            wrong = next(number for number in value.ravel().tolist() if not np.isfinite(number))
            raise ContentError(f"{name}: expected finite numbers, got {wrong}")

    def _labels(self, name: str, given: Names | None, what: str) -> Labels | None:
        if given is None:
            return None
        if isinstance(given, Words):
            if not self._builder.has(given):
                raise ContentError(f"{name}: expected words of this workbook as {what}, got "
                                   f"{given!r}")  # fmt: skip
            if what == "columns" and not self._builder.stand_somewhere(given):
                raise ContentError(f"{name}: expected words that are the rows of an earlier "
                                   f"matrix as columns, got {given!r}")  # fmt: skip
            return given
        if isinstance(given, (str, Matrix)):
            raise ContentError(f"{name}: expected a list of texts as {what}, got {given!r}")
        return Texts.of(checked_text(f"{name}.{what}", text, most=MAX_WORD) for text in given)

    def _chart_spot(self, matrix: Matrix, title: str, alternative: str) -> None:
        """ContentError where there is no room for a chart at a matrix."""
        checked_text("a chart's title", title, least=1)
        checked_text(f"{title}.alternative", alternative)
        if self._builder.host(title, matrix).band.chart is not None:
            raise ContentError(f"{title}: expected one chart under a heading, got a second one")


# --- small helpers --------------------------------------------------------------------


def _ids(of: Labels) -> tuple[str, ...]:
    return of.ids if isinstance(of, Texts) else of.words

"""Lazy matrices: what is computed, not where it stands.

A ``Matrix`` knows its operands, its shape, the labels of its rows and columns,
and its NumPy value. It knows nothing of cells or of Excel: ``formula`` prints it,
``layout`` places it, and ``gradient`` rules turn it into more of the same.

Every matrix is two-dimensional. A shape is ``(rows, columns)``; a scalar is
``(1, 1)``, a row vector ``(1, m)``, a column vector ``(n, 1)``. Elementwise
operations broadcast those three against ``(n, m)``, as NumPy does.
"""

from __future__ import annotations

import copy
import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, NoReturn, Self, Union

import numpy as np
from numpy.typing import NDArray

from xlsxattn.errors import ContentError, NotationError, ShapeError

#: What stands in place of a result whose word is absent.
ABSENT = "–"

Shape = tuple[int, int]
Value = NDArray[Any]
Operand = Union["Matrix", int, float]


@dataclass(frozen=True)
class Texts:
    """Labels that are the same text for ever, such as the names of dimensions.

    ``ids`` is what notation calls them, ``texts`` what a reader sees.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Labels that are shown by their own ids."""
        ids = tuple(texts)
        return cls(ids, ids)

    def __len__(self) -> int:
        return len(self.ids)


Labels = Union[Texts, "Words"]


class Matrix:
    """A node: an operation on operands, or a leaf."""

    #: Whether the node has cells of its own, and so a ``name``.
    placed = False
    #: Whether the elements are texts, which can be compared, chosen and joined, not added.
    is_text = False
    name = ""
    __array_priority__ = 1000.0  # `array * matrix` must come to Matrix.__rmul__
    _value: Value | None = None
    _header: Header | None = None

    def __init__(
        self,
        operands: Sequence[Matrix],
        shape: Shape,
        row_labels: Labels | None = None,
        column_labels: Labels | None = None,
    ) -> None:
        self.operands = tuple(operands)
        self.shape = shape
        self.row_labels = row_labels
        self.column_labels = column_labels
        #: Whether the value may be absent: a word looked up that a reader may remove.
        self.optional: bool = any(operand.optional for operand in self.operands)

    def compute(self, *values: Any, **_: Any) -> Value:
        """The value, of ``shape``, from the operands' values."""
        raise NotImplementedError

    @property
    def value(self) -> Value:
        """The NumPy value, of ``shape``: float64, or text. Computed once."""
        if self._value is None:
            with np.errstate(all="ignore"):
                for node in postorder(self, until=lambda node: node._value is not None):
                    node._value = node.compute(*(o._value for o in node.operands))
        assert self._value is not None
        return self._value

    @property
    def header(self) -> Header:
        """The cells of this matrix's column labels, as a matrix of texts."""
        if self._header is None:
            self._header = Header(self)
        return self._header

    @property
    def rows(self) -> int:
        return self.shape[0]

    @property
    def columns(self) -> int:
        return self.shape[1]

    @property
    def T(self) -> Matrix:
        return Transpose(self)

    def with_operands(self, operands: Sequence[Matrix]) -> Self:
        """The same operation on other operands of the same shapes; its value is its own."""
        for old, new in zip(self.operands, operands, strict=True):
            if old.shape != new.shape:
                raise ShapeError(f"{self!r}: expected {old!r} or its like, got {new!r}")
        twin = copy.copy(self)
        twin.operands = tuple(operands)
        twin.optional = twin.optional or any(operand.optional for operand in operands)
        twin._value = twin._header = None
        return twin

    def standing_for(self, operands: Sequence[Matrix]) -> Self:
        """The same node over operands of the same values, such as steps of what they were."""
        if all(new is old for new, old in zip(operands, self.operands, strict=True)):
            return self
        value = self._value
        twin = self.with_operands(operands)
        twin._value = value
        return twin

    def __matmul__(self, other: Matrix) -> Matrix:
        return Product(self, other)

    def __rmatmul__(self, other: object) -> Matrix:
        raise ShapeError(f"@: expected a matrix, got {_of_kind(other)}")

    def __add__(self, other: Operand) -> Matrix:
        return Elementwise("add", self, other)

    def __radd__(self, other: Operand) -> Matrix:
        return Elementwise("add", other, self)

    def __sub__(self, other: Operand) -> Matrix:
        return Elementwise("subtract", self, other)

    def __rsub__(self, other: Operand) -> Matrix:
        return Elementwise("subtract", other, self)

    def __mul__(self, other: Operand) -> Matrix:
        return Elementwise("multiply", self, other)

    def __rmul__(self, other: Operand) -> Matrix:
        return Elementwise("multiply", other, self)

    def __truediv__(self, other: Operand) -> Matrix:
        return Elementwise("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Matrix:
        return Elementwise("divide", other, self)

    def __pow__(self, other: Operand) -> Matrix:
        return Elementwise("power", self, other)

    def __rpow__(self, other: Operand) -> Matrix:
        return Elementwise("power", other, self)

    def __neg__(self) -> Matrix:
        return Elementwise("negate", self)

    def __abs__(self) -> Matrix:
        return Elementwise("abs", self)

    def __iter__(self) -> NoReturn:
        """A[0] is a row, but a matrix is no sequence of rows, as for Python's sum and max."""
        raise TypeError(
            f"{self!r}: expected total, maximum, minimum or parts as A[0] and A[:, 1], got a loop "
            "or a function of Python's; a matrix is not iterable"
        )

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """The formulas would be lost in NumPy."""
        raise TypeError(
            f"{self!r}: expected exp, sqrt, total or another function of xlsxattn, or the "
            "numbers as A.value, got a function of NumPy"
        )

    def __getitem__(self, key: object) -> Matrix:
        """A row, a column or a part by number, slice or label: see ``indexing.index``."""
        from xlsxattn.indexing import index

        return index(self, key)

    # Equality is a method, because `==` must stay identity: nodes are dictionary keys.
    def less(self, other: Operand) -> Matrix:
        return Elementwise("less", self, other)

    def less_equal(self, other: Operand) -> Matrix:
        return Elementwise("less_equal", self, other)

    def equal(self, other: Operand) -> Matrix:
        return Elementwise("equal", self, other)

    def not_equal(self, other: Operand) -> Matrix:
        return Elementwise("not_equal", self, other)

    def greater_equal(self, other: Operand) -> Matrix:
        return Elementwise("greater_equal", self, other)

    def greater(self, other: Operand) -> Matrix:
        return Elementwise("greater", self, other)

    __lt__, __le__, __gt__, __ge__ = less, less_equal, greater, greater_equal

    def __and__(self, other: Operand) -> Matrix:
        return conjunction([self, as_matrix(other)])

    def __str__(self) -> str:
        from xlsxattn.show import table

        return table(self)

    def _repr_html_(self) -> str:
        from xlsxattn.show import html

        return html(self)

    def __repr__(self) -> str:
        return f"{self.name or type(self).__name__} ({self.rows}×{self.columns})"


def is_comparison(node: Matrix) -> bool:
    """Whether a node compares, so that its elements are 1 or 0."""
    return isinstance(node, Elementwise) and node.operation in COMPARISONS


def conjunction(conditions: Sequence[Matrix]) -> Matrix:
    """1 where none of the conditions is 0.

    Scalars as AND; elementwise as a product, for AND makes one value of a range.
    """
    if all(condition.shape == (1, 1) for condition in conditions):
        return Elementwise("and", *conditions)
    truths = [c if is_comparison(c) else c.not_equal(0) for c in conditions]
    return functools.reduce(operator.mul, truths)


def is_absent(value: Value) -> bool:
    """Whether some element is missing: NaN, or in texts the dash that is shown for it."""
    if value.dtype == object:
        return bool((value == ABSENT).any())
    return bool(np.isnan(value).any())


def postorder(*roots: Matrix, until: Callable[[Matrix], bool] | None = None) -> Iterator[Matrix]:
    """Every node below the roots once, operands before the nodes that use them.

    Nodes for which ``until`` is true are left out, with what is below them. A loop, not a
    recursion: thirty epochs of training are thousands of nodes deep.
    """
    seen: set[Matrix] = set()
    pending = [(root, False) for root in reversed(roots)]
    while pending:
        node, ready = pending.pop()
        if ready:
            yield node
        elif node not in seen and not (until is not None and until(node)):
            seen.add(node)
            pending.append((node, True))
            pending.extend((o, False) for o in reversed(node.operands) if o not in seen)


def as_matrix(operand: Operand) -> Matrix:
    """The operand itself, or a plain number as a scalar node; ShapeError for anything else."""
    if isinstance(operand, Matrix):
        return operand
    if not isinstance(operand, Real):
        raise ShapeError(f"expected a matrix or a number, got {_of_kind(operand)}")
    try:
        number = float(operand)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ShapeError(f"expected a finite number, got {number}")
    return Number(number)


def require_matrix(operation: str, *operands: object) -> None:
    """ContentError unless all are matrices; ``operation`` is what they are for."""
    for operand in operands:
        if not isinstance(operand, Matrix):
            raise ContentError(f"{operation}: expected a matrix, got {_of_kind(operand)}")


def _of_kind(other: object) -> str:
    """What came in place of a matrix, and what to do about it."""
    return f"{type(other).__name__}; numbers of one's own are an input"


# --- leaves ---------------------------------------------------------------------------


class Number(Matrix):
    """A number written into the formula, like the 2 of ``x^2``: a scalar, or a whole shape."""

    def __init__(self, number: float, shape: Shape = (1, 1)) -> None:
        super().__init__((), shape)
        self.number = number

    def compute(self) -> Value:
        return np.full(self.shape, self.number)


class Text(Matrix):
    """A text written into the formula, like the word of ``MATCH("mouse", …)``."""

    is_text = True

    def __init__(self, text: str) -> None:
        super().__init__((), (1, 1))
        self.text = text

    def compute(self) -> Value:
        return np.array([[self.text]], dtype=object)


class Input(Matrix):
    """Typed numbers: the only cells of a workbook that hold no formula.

    ``choices`` lists the numbers that a switch accepts; ``limits`` are the least and the
    largest number that its cells accept, ``whole`` ones only where that is said.
    """

    placed = True

    def __init__(
        self,
        name: str,
        values: Any,
        row_labels: Labels | None = None,
        column_labels: Labels | None = None,
        choices: tuple[float, ...] = (),
        limits: tuple[float, float] | None = None,
        whole: bool = False,
    ) -> None:
        data = np.atleast_2d(np.asarray(values, dtype=np.float64))
        if data.ndim != 2:
            raise ShapeError(f"{name}: expected two dimensions, got {data.ndim}")
        super().__init__((), (data.shape[0], data.shape[1]), row_labels, column_labels)
        for labels, length, what in (
            (row_labels, self.rows, "row"),
            (column_labels, self.columns, "column"),
        ):
            if labels is not None and len(labels) != length:
                raise ShapeError(f"{name}: expected {length} {what} labels, got {len(labels)}")
        self.name, self.data, self.choices = name, data, choices
        self.limits, self.whole = limits, whole

    def compute(self) -> Value:
        return self.data


class Words(Matrix):
    """Typed words, one a row, each chosen from ``choices`` where there are any."""

    placed = True
    is_text = True

    def __init__(self, name: str, words: Sequence[str], choices: Words | None = None) -> None:
        super().__init__((), (len(words), 1))
        self.name, self.words, self.choices = name, tuple(words), choices

    def __len__(self) -> int:
        return len(self.words)

    def compute(self) -> Value:
        return np.array([[word] for word in self.words], dtype=object)


class Step(Matrix):
    """A named expression: it gets cells, a heading and a defined name."""

    placed = True

    def __init__(
        self,
        name: str,
        expression: Matrix,
        row_labels: Labels | None = None,
        column_labels: Labels | None = None,
    ) -> None:
        super().__init__(
            (expression,),
            expression.shape,
            row_labels or expression.row_labels,
            column_labels or expression.column_labels,
        )
        self.name, self.is_text = name, expression.is_text

    @property
    def expression(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return value


# --- operations -----------------------------------------------------------------------


def _require_numbers(operation: str, operands: Iterable[Matrix]) -> None:
    words = [operand for operand in operands if operand.is_text]
    if words:
        raise ShapeError(f"{operation}: expected numbers, got the words of {words[0]!r}")


class Product(Matrix):
    """The matrix product, ``(n, k) @ (k, m)`` → ``(n, m)``."""

    def __init__(self, left: Matrix, right: Matrix) -> None:
        if not isinstance(right, Matrix):
            raise ShapeError(f"@: expected a matrix, got {_of_kind(right)}")
        if left.columns != right.rows:
            raise ShapeError(
                f"{left!r} @ {right!r}: expected a right operand of {left.columns} rows, "
                f"got {right.rows}"
            )
        _require_numbers("@", (left, right))
        super().__init__(
            (left, right), (left.rows, right.columns), left.row_labels, right.column_labels
        )

    def compute(self, left: Value, right: Value) -> Value:
        return left @ right


class Transpose(Matrix):
    """Rows become columns, ``(n, m)`` → ``(m, n)``."""

    def __init__(self, operand: Matrix) -> None:
        labels = (operand.column_labels, operand.row_labels)
        super().__init__((operand,), (operand.columns, operand.rows), *labels)
        self.is_text = operand.is_text

    @property
    def T(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return value.T

    def __repr__(self) -> str:
        return f"{self.operands[0]!r} transposed"


def _truth(function: Callable[..., Value]) -> Callable[..., Value]:
    """1 or 0, and NaN where an operand is absent or no number: so it is in a sheet."""

    def truth(*operands: Value) -> Value:
        known = np.asarray(function(*operands), dtype=np.float64)
        for operand in operands:
            known = np.where(_is_no_number(operand), np.nan, known)
        return known

    return truth


def _is_no_number(value: Value) -> Value:
    """Where there is a dash among texts, or what no cell holds as a number."""
    if value.dtype == object:
        return np.asarray(value == ABSENT)
    return ~np.isfinite(value)


def _where(condition: Value, a: Value, b: Value) -> Value:
    chosen = np.where(condition != 0, a, b)
    missing = ABSENT if chosen.dtype == object else np.nan
    return np.where(_is_no_number(condition), missing, chosen)


ELEMENTWISE: dict[str, Callable[..., Value]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "negate": np.negative,
    "less": _truth(np.less),
    "less_equal": _truth(np.less_equal),
    "equal": _truth(np.equal),
    "not_equal": _truth(np.not_equal),
    "greater_equal": _truth(np.greater_equal),
    "greater": _truth(np.greater),
    "and": _truth(lambda *a: np.logical_and.reduce(np.broadcast_arrays(*a))),
    "where": _where,
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "abs": np.abs,
    "maximum": lambda *a: np.maximum.reduce(np.broadcast_arrays(*a)),
    "minimum": lambda *a: np.minimum.reduce(np.broadcast_arrays(*a)),
}


COMPARISONS = ("less", "less_equal", "equal", "not_equal", "greater_equal", "greater")


class Elementwise(Matrix):
    """One operation on each element, operands broadcast; the result is the widest shape."""

    def __init__(self, operation: str, *operands: Operand) -> None:
        nodes = tuple(as_matrix(operand) for operand in operands)
        shape = nodes[0].shape
        for node in nodes[1:]:
            shape = self._broadcast(operation, nodes, shape, node.shape)
        full = [node for node in nodes if node.rows == shape[0] and node.row_labels]
        wide = [node for node in nodes if node.columns == shape[1] and node.column_labels]
        super().__init__(
            nodes,
            shape,
            full[0].row_labels if full else None,
            wide[0].column_labels if wide else None,
        )
        self.operation = operation
        if operation == "where":
            _require_numbers(operation, nodes[:1])
            self.is_text = any(node.is_text for node in nodes[1:])
        elif operation not in ("equal", "not_equal"):
            _require_numbers(operation, nodes)

    @staticmethod
    def _broadcast(operation: str, nodes: tuple[Matrix, ...], one: Shape, other: Shape) -> Shape:
        for a, b in zip(one, other, strict=True):
            if a != b and 1 not in (a, b):
                came = ", ".join(repr(node) for node in nodes)
                raise ShapeError(
                    f"{operation}: expected equal shapes, or a row, a column or a scalar, "
                    f"got {came}"
                )
        return max(one[0], other[0]), max(one[1], other[1])

    def compute(self, *values: Value) -> Value:
        result = ELEMENTWISE[self.operation](*values)
        if self.operation == "where":  # a sheet shows the dash of either branch
            for operand, value in zip(self.operands, values, strict=True):
                if operand.optional:
                    missing = ABSENT if self.is_text else np.nan
                    result = np.where(_is_no_number(value), missing, result)
        return result

    def __bool__(self) -> bool:
        """Always true, as any node, but for a comparison: its truth is in the sheet.

        So ``0 < A < 1`` and ``if A < 1`` fail where they stand: a TypeError of Python's.
        """
        if is_comparison(self):
            raise TypeError(
                f"{self!r}: expected one comparison, got a chain or an `if`: its truth is live"
            )
        return True


REDUCTIONS: dict[str, Callable[..., Value]] = {
    "sum": np.sum,
    "max": np.max,
    "min": np.min,
    "mean": np.mean,
}


class Reduction(Matrix):
    """Sum, maximum or mean along each row ``(n, 1)``, each column ``(1, m)``, or of all."""

    def __init__(self, operation: str, axis: str, operand: Matrix) -> None:
        require_matrix(operation, operand)
        shape = {
            "row": (operand.rows, 1),
            "column": (1, operand.columns),
            "all": (1, 1),
        }[axis]
        _require_numbers(operation, (operand,))
        super().__init__(
            (operand,),
            shape,
            operand.row_labels if axis == "row" else None,
            operand.column_labels if axis == "column" else None,
        )
        self.operation, self.axis = operation, axis

    def compute(self, value: Value) -> Value:
        axis = {"row": 1, "column": 0, "all": None}[self.axis]
        return REDUCTIONS[self.operation](value, axis=axis, keepdims=True)


class Lookup(Matrix):
    """The rows of ``table`` found by word: ``(n, 1)``, ``(m, 1)``, ``(m, d)`` → ``(n, d)``.

    The first match counts. ``strict`` lookups need every word among the keys; others
    give NaN for an absent one, which is shown as a dash.
    """

    def __init__(self, words: Matrix, keys: Words, table: Matrix, strict: bool = True) -> None:
        if len(keys) != table.rows:
            raise ShapeError(f"lookup in {table!r}: expected {table.rows} keys, got {len(keys)}")
        labels = words if isinstance(words, Words) else None
        super().__init__(
            (words, keys, table), (words.rows, table.columns), labels, table.column_labels
        )
        self.strict = strict
        self.optional = self.optional or not strict

    @property
    def words(self) -> Matrix:
        return self.operands[0]

    @property
    def keys(self) -> Words:
        keys = self.operands[1]
        assert isinstance(keys, Words)
        return keys

    @property
    def table(self) -> Matrix:
        return self.operands[2]

    def compute(self, words: Value, keys: Value, table: Value) -> Value:
        first: dict[str, int] = {}
        for index, key in enumerate(keys[:, 0]):
            first.setdefault(key, index)
        absent = [word for word in words[:, 0] if word not in first]
        if absent and self.strict:
            raise NotationError(f"lookup: expected one of {', '.join(first)}, got {absent[0]!r}")
        result = np.full(self.shape, np.nan)
        for row, word in enumerate(words[:, 0]):
            if word in first:
                result[row] = table[first[word]]
        return result


class Slice(Matrix):
    """Some neighbouring rows and columns of a matrix, counted from 0."""

    def __init__(self, operand: Matrix, rows: range, columns: range) -> None:
        for which, part, whole in (
            ("rows", rows, operand.rows),
            ("columns", columns, operand.columns),
        ):
            if not 0 <= part.start < part.stop <= whole:
                raise ShapeError(
                    f"slice of {operand!r}: expected {which} within 0…{whole - 1}, "
                    f"got {part.start}…{part.stop - 1}"
                )
        super().__init__(
            (operand,),
            (len(rows), len(columns)),
            _part(operand.row_labels, rows),
            _part(operand.column_labels, columns),
        )
        self.row_range, self.column_range = rows, columns
        self.is_text = operand.is_text

    @property
    def operand(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return value[
            self.row_range.start : self.row_range.stop,
            self.column_range.start : self.column_range.stop,
        ]


def _part(labels: Labels | None, part: range) -> Labels | None:
    if labels is None or len(labels) == len(part):
        return labels
    if isinstance(labels, Texts):
        return Texts(
            labels.ids[part.start : part.stop],
            labels.texts[part.start : part.stop],
        )
    return None


class Entry(Matrix):
    """One element, its row and column found by word or given by number (from 0)."""

    def __init__(self, table: Matrix, row: str | int, column: str | int) -> None:
        for key, length, what in ((row, table.rows, "row"), (column, table.columns, "column")):
            if isinstance(key, int) and not 0 <= key < length:
                raise ShapeError(
                    f"entry of {table!r}: expected a {what} within 0…{length - 1}, got {key}"
                )
        self.row, self.column = row, column
        sought = self._words_sought(table)
        super().__init__((table, *(words for _, words in sought)), (1, 1))
        self.optional = self.optional or bool(sought)

    @property
    def table(self) -> Matrix:
        return self.operands[0]

    def words_sought(self) -> list[tuple[str, Words]]:
        """The words that must be present, each with the list it is sought in."""
        return self._words_sought(self.table)

    def _words_sought(self, table: Matrix) -> list[tuple[str, Words]]:
        sought = []
        for key, labels in ((self.row, table.row_labels), (self.column, table.column_labels)):
            if isinstance(key, str):
                assert isinstance(labels, Words)
                sought.append((key, labels))
        return sought

    def compute(self, table: Value, *_: Value) -> Value:
        indices = []
        for key, labels in (
            (self.row, self.table.row_labels),
            (self.column, self.table.column_labels),
        ):
            if isinstance(key, int):
                indices.append(key)
            else:
                assert isinstance(labels, Words)
                if key not in labels.words:
                    return np.array([[np.nan]])
                indices.append(labels.words.index(key))
        return np.array([[table[indices[0], indices[1]]]])


class Joined(Matrix):
    """Matrices side by side (``"columns"``) or one under another (``"rows"``)."""

    def __init__(
        self, direction: str, parts: Sequence[Matrix], labels: Labels | None = None
    ) -> None:
        by_rows = direction == "rows"
        across = [part.columns if by_rows else part.rows for part in parts]
        if len(set(across)) != 1:
            came = ", ".join(repr(part) for part in parts)
            other = "columns" if by_rows else "rows"
            raise ShapeError(f"join by {direction}: expected equally many {other}, got {came}")
        along = sum(part.rows if by_rows else part.columns for part in parts)
        shape = (along, across[0]) if by_rows else (across[0], along)
        row_labels, column_labels = parts[0].row_labels, parts[0].column_labels
        if by_rows:
            row_labels = labels or _joined_labels([part.row_labels for part in parts])
        else:
            column_labels = labels or _joined_labels([part.column_labels for part in parts])
        super().__init__(parts, shape, row_labels, column_labels)
        self.direction, self.is_text = direction, any(part.is_text for part in parts)

    def offsets(self) -> Iterator[tuple[Matrix, int, int]]:
        """Each part with the row and column (from 0) at which it starts."""
        row = column = 0
        for part in self.operands:
            yield part, row, column
            if self.direction == "rows":
                row += part.rows
            else:
                column += part.columns

    def compute(self, *values: Value) -> Value:
        return np.concatenate(values, axis=0 if self.direction == "rows" else 1)


def _joined_labels(labels: Sequence[Labels | None]) -> Texts | None:
    """The labels of parts one after another, where all of them are fixed."""
    fixed = [part for part in labels if isinstance(part, Texts)]
    if len(fixed) < len(labels):
        return None
    return Texts(
        tuple(i for part in fixed for i in part.ids),
        tuple(t for part in fixed for t in part.texts),
    )


class Header(Matrix):
    """The column labels of a placed matrix as a row of texts ``(1, m)``, where they stand."""

    placed = True
    is_text = True

    def __init__(self, of: Matrix) -> None:
        words = (of.column_labels,) if isinstance(of.column_labels, Words) else ()
        super().__init__(words, (1, of.columns), None, of.column_labels)
        self.of = of

    def compute(self, *words: Value) -> Value:
        if words:
            return words[0].T
        texts = self.of.column_labels.texts if isinstance(self.of.column_labels, Texts) else ()
        return np.array([texts or ("",) * self.columns], dtype=object)


class LargestLabel(Matrix):
    """For each row, the column label of its largest element: ``(n, m)`` → texts ``(n, 1)``."""

    is_text = True

    def __init__(self, of: Matrix) -> None:
        if not of.placed or of.is_text or of.column_labels is None:
            raise ShapeError(f"largest_label: expected a step with column labels, got {of!r}")
        super().__init__((of, of.header), (of.rows, 1), of.row_labels)

    def compute(self, values: Value, header: Value) -> Value:
        found: Value = header[0, np.argmax(values, axis=1)][:, None]
        return np.where(np.isnan(values).any(axis=1, keepdims=True), ABSENT, found)


class Recurrence(Matrix):
    """States of a recurrent cell, a row a word: ``h_t = tanh(h_{t-1} W + x_t U)``, h_0 = 0.

    ``X`` is (n, d), ``W`` (s, s) and ``U`` (d, s); the states are (n, s).
    """

    def __init__(self, X: Matrix, W: Matrix, U: Matrix) -> None:
        if U.shape != (X.columns, W.rows) or W.rows != W.columns:
            raise ShapeError(
                f"recurrent: expected W square and U of {X.columns}×{W.rows}, got {W!r} and {U!r}"
            )
        super().__init__((X, W, U), (X.rows, W.columns), X.row_labels, W.column_labels)

    def compute(self, X: Value, W: Value, U: Value) -> Value:
        states, state = [], np.zeros((1, len(W)))
        for word in X:
            state = np.tanh(state @ W + word[None, :] @ U)
            states.append(state[0])
        return np.array(states)


class Numbering(Matrix):
    """The number of each row ``(n, 1)`` or column ``(1, m)`` of a matrix, from 1."""

    def __init__(self, axis: str, of: Matrix) -> None:
        super().__init__((of,), (of.rows, 1) if axis == "row" else (1, of.columns))
        self.axis = axis

    @property
    def of(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return np.arange(1.0, max(self.shape) + 1).reshape(self.shape)


class ColumnCount(Matrix):
    """How many columns a matrix has, as a scalar: the d of √d."""

    def __init__(self, of: Matrix) -> None:
        super().__init__((of,), (1, 1))

    @property
    def of(self) -> Matrix:
        return self.operands[0]

    def compute(self, value: Value) -> Value:
        return np.array([[float(value.shape[1])]])


class Verdict(Matrix):
    """A claim: ✓ where the condition holds, ✗ where not, – where it does not apply.

    Where what it compares is no number, because a cell it reads shows an error, it reads –.
    ``when`` is a scalar condition, such as a switch that must be on.
    """

    is_text = True
    YES, NO = "✓", "✗"

    def __init__(self, condition: Matrix, when: Matrix | None = None) -> None:
        for node in (condition, when):
            if node is not None and (node.shape != (1, 1) or node.is_text):
                raise ShapeError(f"a claim: expected one truth value, got {node!r}")
        super().__init__((condition,) if when is None else (condition, when), (1, 1))

    @property
    def condition(self) -> Matrix:
        return self.operands[0]

    @property
    def when(self) -> Matrix | None:
        return self.operands[1] if self.operands[1:] else None

    def compute(self, condition: Value, when: Value | None = None) -> Value:
        absent = (when is not None and (is_absent(when) or not when[0, 0])) or any(
            is_absent(node.value) for node in optional_sources(self)
        )
        absent = absent or is_absent(condition)
        verdict = ABSENT if absent else self.YES if condition[0, 0] else self.NO
        return np.array([[verdict]], dtype=object)


def optional_sources(node: Matrix) -> list[Matrix]:
    """The nodes nearest below ``node`` that may be absent: steps, entries and lookups."""
    found: list[Matrix] = []
    pending = list(node.operands)
    while pending:
        operand = pending.pop(0)
        if not operand.optional or operand in found:
            continue
        if operand.placed or isinstance(operand, (Entry, Lookup)):
            found.append(operand)
        else:
            pending = list(operand.operands) + pending
    return found


# --- notation -------------------------------------------------------------------------


def exp(x: Operand) -> Matrix:
    """The exponential of each element."""
    return Elementwise("exp", x)


def ln(x: Operand) -> Matrix:
    """The natural logarithm of each element."""
    return Elementwise("ln", x)


def sqrt(x: Operand) -> Matrix:
    """The square root of each element."""
    return Elementwise("sqrt", x)


def tanh(x: Operand) -> Matrix:
    """The hyperbolic tangent of each element."""
    return Elementwise("tanh", x)


def where(condition: Matrix, a: Operand, b: Operand) -> Matrix:
    """``a`` where the condition is not 0, ``b`` elsewhere; all three broadcast."""
    return Elementwise("where", condition, a, b)


def row_max(x: Matrix) -> Matrix:
    """The maximum of each row, ``(n, m)`` → ``(n, 1)``."""
    return Reduction("max", "row", x)


def row_sum(x: Matrix) -> Matrix:
    """The sum of each row, ``(n, m)`` → ``(n, 1)``."""
    return Reduction("sum", "row", x)


def column_sum(x: Matrix) -> Matrix:
    """The sum of each column, ``(n, m)`` → ``(1, m)``."""
    return Reduction("sum", "column", x)


def total(x: Matrix) -> Matrix:
    """The sum of all elements, a scalar."""
    return Reduction("sum", "all", x)

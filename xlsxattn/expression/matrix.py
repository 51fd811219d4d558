"""Lazy matrices: what is computed, not where it stands.

A ``Matrix`` knows its operands, its shape, the labels of its rows and columns, and its NumPy
value. Every matrix is two-dimensional. A shape is ``(rows, columns)``; a scalar is ``(1, 1)``,
a row vector ``(1, m)``, a column vector ``(n, 1)``. Elementwise operations broadcast those
three against ``(n, m)``, as NumPy does.

A matrix and the nodes that its operators make are one module, for each is made of the others.
"""

from __future__ import annotations

import copy
import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Real
from typing import Any, ClassVar, NoReturn, Self, Union

import numpy as np

from xlsxattn.errors import ContentError, ShapeError
from xlsxattn.expression.labels import Texts
from xlsxattn.expression.operations import ABSENT, OPERATIONS, Value, is_no_number

Shape = tuple[int, int]
Operand = Union["Matrix", int, float]
Labels = Union[Texts, "WordList"]


class Matrix:
    """A node: an operation on operands, or a leaf."""

    #: Whether the node has cells of its own, and so a ``name``.
    placed = False
    #: Whether the elements are texts, which can be compared, chosen and joined, not added.
    is_text = False
    name = ""
    #: What the step is called that the node becomes where it is part of another's expression.
    part = ""
    #: Whether an array formula of one row computes the node whole, its reductions with it.
    in_one_formula = False
    __array_priority__ = 1000.0  # `array * matrix` must come to Matrix.__rmul__
    _value: Value | None = None
    #: The node of its column labels: see ``lookups.header_of``.
    _header: Matrix | None = None
    #: How ``A[key]`` is answered, and how a matrix shows itself: the package puts in what is
    #: built on this module.
    _indexed: ClassVar[Callable[[Matrix, object], Matrix]]
    _as_text: ClassVar[Callable[[Matrix], str]]
    _as_html: ClassVar[Callable[[Matrix], str]]

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
        raise ShapeError(f"@: expected a matrix, got {of_kind(other)}")

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
        return self._indexed(key)

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
        return self._as_text()

    def _repr_html_(self) -> str:
        return self._as_html()

    def __repr__(self) -> str:
        return f"{self.name or type(self).__name__} ({self.rows}×{self.columns})"


def is_comparison(node: Matrix) -> bool:
    """Whether a node compares, so that its elements are 1 or 0."""
    return isinstance(node, Elementwise) and OPERATIONS[node.operation].compares


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
        raise ShapeError(f"expected a matrix or a number, got {of_kind(operand)}")
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
            raise ContentError(f"{operation}: expected a matrix, got {of_kind(operand)}")


def of_kind(other: object) -> str:
    """What came in place of a matrix, and what to do about it."""
    return f"{type(other).__name__}; numbers of one's own are an input"


# --- leaves that operators need ---------------------------------------------------------


class Number(Matrix):
    """A number written into the formula, like the 2 of ``x^2``: a scalar, or a whole shape."""

    def __init__(self, number: float, shape: Shape = (1, 1)) -> None:
        super().__init__((), shape)
        self.number = number

    def compute(self) -> Value:
        return np.full(self.shape, self.number, dtype=np.float64)


class Text(Matrix):
    """A text written into the formula, like the word of ``MATCH("mouse", …)``."""

    is_text = True

    def __init__(self, text: str) -> None:
        super().__init__((), (1, 1))
        self.text = text

    def compute(self) -> Value:
        return np.array([[self.text]], dtype=object)


class WordList(Matrix):
    """Words in cells, one a row, that label rows and columns: typed ones, or written ones."""

    placed = True
    is_text = True
    #: What each of the words is chosen from.
    choices: Words | None = None

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(str(word) for word in self.value[:, 0])

    def __len__(self) -> int:
        return self.rows


class Words(WordList):
    """Typed words, one a row, each chosen from ``choices`` where there are any.

    With more ``columns`` they are a table, row by row, such as a sentence a row.
    """

    def __init__(
        self, name: str, words: Sequence[str], choices: Words | None = None, columns: int = 1
    ) -> None:
        super().__init__((), (len(words) // columns, columns))
        self.name, self._words, self.choices = name, tuple(words), choices

    @property
    def words(self) -> tuple[str, ...]:
        return self._words

    def compute(self) -> Value:
        return np.array(self._words, dtype=object).reshape(self.shape)


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


def require_numbers(operation: str, operands: Iterable[Matrix]) -> None:
    words = [operand for operand in operands if operand.is_text]
    if words:
        raise ShapeError(f"{operation}: expected numbers, got the words of {words[0]!r}")


class Product(Matrix):
    """The matrix product, ``(n, k) @ (k, m)`` → ``(n, m)``."""

    def __init__(self, left: Matrix, right: Matrix) -> None:
        if not isinstance(right, Matrix):
            raise ShapeError(f"@: expected a matrix, got {of_kind(right)}")
        if left.columns != right.rows:
            raise ShapeError(
                f"{left!r} @ {right!r}: expected a right operand of {left.columns} rows, "
                f"got {right.rows}"
            )
        require_numbers("@", (left, right))
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
            require_numbers(operation, nodes[:1])
            self.is_text = any(node.is_text for node in nodes[1:])
        elif operation not in ("equal", "not_equal"):
            require_numbers(operation, nodes)

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
        result = OPERATIONS[self.operation].compute(*values)
        if self.operation == "where":  # a sheet shows the dash of either branch
            for operand, value in zip(self.operands, values, strict=True):
                if operand.optional:
                    missing = ABSENT if self.is_text else np.nan
                    result = np.where(is_no_number(value), missing, result)
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

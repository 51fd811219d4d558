"""The formulas of lesson files: notation as text, read into expressions.

``Output["mouse", "animal"] >= 1.5 * Output["mouse", "device"]`` is Python's own
grammar, parsed by the standard library and read by a list of allowed forms: nothing
is ever executed.

========================  ==========================================================
``A @ B``, ``A.T``        matrix product, transpose
``+ - * / **``            elementwise, with scalars, rows and columns broadcast
``== != < <= > >=``       elementwise, 1 or 0; ``and`` joins conditions
``A["cat"]``              the row of a word (a dash in the sheet where it is absent)
``A["cat", "mouse"]``     one element; a column may be a word or the id of a dimension
``A[:, "animal"]``        a column; numbers count from 0, ``A[0, 1:3]``
``exp ln sqrt tanh``      elementwise, also ``sin cos abs where(condition, a, b)``
``row_max row_sum``       along each row, also ``row_min row_mean``; ``column_max`` …
``sum max min mean``      over all elements, a scalar; ``max(a, b)``, ``min(a, b)`` of several
``lookup(w, k, T)``       the rows of T whose words k are the words w
``find(w, k, T)``         the same, with a dash where a word is absent
``column_labels(A)``      the column labels as a row of texts, where they stand
``text("a", x)``          words and single numbers as one text, the numbers rounded
``largest_label(A)``      for each row, the column label of its largest element
``recurrent(X, W, U)``    states of a recurrent cell, tanh(h W + x U), a row a word
``lstm(X, W, U, b)``      gates f, i, o, candidates, cells and states of an LSTM, a row a word
``beside(A, B)``          side by side; ``stack(A, B)`` one under another
``before("A")``           in a what-if claim: A as it was before the change
``columns(A)``            how many; ``row_numbers(A)``, ``column_numbers(A)`` from 1
========================  ==========================================================
"""

from __future__ import annotations

import ast
import difflib
import math
import re
from collections.abc import Callable, Collection
from typing import Any

from xlsxattn.errors import NotationError, ShapeError
from xlsxattn.expression import (
    Before,
    Elementwise,
    Labels,
    Matrix,
    Number,
    Text,
    Texts,
    WordList,
    conjunction,
    is_plain,
    select,
)
from xlsxattn.functions import FUNCTIONS

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
#: Deep enough for a sum of a hundred terms, shallow enough for every recursion.
MAX_DEPTH = 120

Resolve = Callable[[str], Matrix | None]


def parse(text: str) -> ast.expr:
    """The syntax tree of a formula; NotationError where it is no expression."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if _depth(tree) > MAX_DEPTH:
            raise NotationError(
                f"{text!r}: expected at most {MAX_DEPTH} nested operations, got more"
            )
        return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        if "=>" in text or "=<" in text:
            reason += "; comparisons are >= and <="
        elif re.search(r"(?<![=<>!])=(?!=)", text):
            reason += "; equal is written =="
        raise NotationError(f"{text!r}: expected a formula, got {reason}") from None


def _depth(tree: ast.expr) -> int:
    """How many nodes deep a syntax tree is, without recursion."""
    deepest, pending = 0, [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        children = (c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))
        pending.extend((child, depth + 1) for child in children)
    return deepest


def meant(name: str, known: Collection[str]) -> str:
    """A question after the nearest known name; empty where none is near."""
    longer = [other for other in known if other.startswith(f"{name}_")]
    nearest = longer or difflib.get_close_matches(name, known, 1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def read(text: str, resolve: Resolve, what_if: bool = False, known: Collection[str] = ()) -> Matrix:
    """The expression that a formula stands for.

    ``resolve`` gives the matrix of a name, or None. ``what_if`` admits ``before("Output")``,
    the matrix as it was before a claim's change. ``known`` are names that may have been meant.
    Raises NotationError for a name or
    a form that is not known, ShapeError for shapes that do not fit; both name the text.
    """
    try:
        return _Reader(resolve, what_if, known).read(parse(text))
    except (NotationError, ShapeError) as error:
        message = str(error)
        shown = message if message.startswith(repr(text)) else f"{text!r}: {message}"
        raise type(error)(shown) from None
    except (RecursionError, TypeError) as error:
        raise NotationError(f"{text!r}: expected a formula, got {error}") from None


class _Reader:
    def __init__(self, resolve: Resolve, what_if: bool, known: Collection[str]) -> None:
        self.resolve, self.what_if, self.known = resolve, what_if, known

    def read(self, node: ast.expr) -> Matrix:
        method = getattr(self, f"read_{type(node).__name__}", None)
        if method is None:
            raise NotationError(f"expected notation, got {ast.unparse(node)!r}")
        matrix: Matrix = method(node)
        return matrix

    def read_Constant(self, node: ast.Constant) -> Matrix:
        if isinstance(node.value, str):
            return Text(node.value)
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            try:
                number = float(node.value)
            except OverflowError:
                number = math.inf
            if math.isfinite(number):
                return Number(number)
        raise NotationError(f"expected a number or a word, got {ast.unparse(node)!r}")

    def read_Name(self, node: ast.Name) -> Matrix:
        matrix = self.resolve(node.id)
        if matrix is None:
            raise NotationError(
                f"expected the name of an input or an earlier step, got {node.id}"
                f"{meant(node.id, self.known)}"
            )
        return matrix

    def read_Attribute(self, node: ast.Attribute) -> Matrix:
        if node.attr != "T":
            raise NotationError(f"expected .T, got .{node.attr}")
        return self.read(node.value).T

    def read_UnaryOp(self, node: ast.UnaryOp) -> Matrix:
        operand = self.read(node.operand)
        if isinstance(node.op, ast.USub):
            return Number(-operand.number) if isinstance(operand, Number) else -operand
        raise NotationError(f"expected - before an operand, got {ast.unparse(node)!r}")

    def read_BinOp(self, node: ast.BinOp) -> Matrix:
        left, right = self.read(node.left), self.read(node.right)
        if isinstance(node.op, ast.MatMult):
            return left @ right
        operation = BINARY.get(type(node.op))
        if operation is None:
            raise NotationError(f"expected @ + - * / or **, got {ast.unparse(node)!r}")
        return Elementwise(operation, left, right)

    def read_Compare(self, node: ast.Compare) -> Matrix:
        operands = [self.read(operand) for operand in (node.left, *node.comparators)]
        conditions = []
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            operation = COMPARE.get(type(operator))
            if operation is None:
                raise NotationError(f"expected a comparison, got {ast.unparse(node)!r}")
            conditions.append(Elementwise(operation, left, right))
        return conditions[0] if len(conditions) == 1 else conjunction(conditions)

    def read_BoolOp(self, node: ast.BoolOp) -> Matrix:
        if isinstance(node.op, ast.And):
            return conjunction([self.read(value) for value in node.values])
        raise NotationError(f"expected `and`, got {ast.unparse(node)!r}")

    def read_Call(self, node: ast.Call) -> Matrix:
        if not isinstance(node.func, ast.Name) or any(not k.arg for k in node.keywords):
            raise NotationError(f"expected a function of operands, got {ast.unparse(node)!r}")
        name, arguments = node.func.id, [self.read(argument) for argument in node.args]
        options = {str(one.arg): self.read(one.value) for one in node.keywords}
        if name == "before" and self.what_if:
            if len(arguments) != 1 or not isinstance(arguments[0], Text):
                raise NotationError(
                    'before: expected the name of a step, as in before("Output"), '
                    f"got {ast.unparse(node)!r}"
                )
            if options:
                raise NotationError(f"before: expected no options, got {', '.join(options)}")
            return Before(self.read_Name(ast.Name(arguments[0].text)))
        if name not in FUNCTIONS:
            hint = meant(name, FUNCTIONS) or "; `xlsxattn guide` lists them"
            raise NotationError(f"expected a function, got {name}{hint}")
        try:
            return FUNCTIONS[name](*arguments, **options)
        except (TypeError, IndexError):
            came = ", ".join([str(len(arguments)), *options])
            raise NotationError(f"{name}: expected other operands, got {came}") from None

    def read_Subscript(self, node: ast.Subscript) -> Matrix:
        table = self.read(node.value)
        index = node.slice
        keys = list(index.elts) if isinstance(index, ast.Tuple) else [index]
        if not 1 <= len(keys) <= 2:
            raise NotationError(f"expected a row and a column, got {ast.unparse(node)!r}")
        row = self._key(keys[0], table.row_labels, table.rows)
        column: str | range = range(table.columns)
        if len(keys) == 2:
            column = self._key(keys[1], table.column_labels, table.columns)
        return select(table, row, column)

    def _key(self, key: ast.expr, labels: Labels | None, length: int) -> str | range:
        """A range of positions, or a word to be looked up in the sheet."""
        if isinstance(key, ast.Slice):
            if key.step is not None:
                raise NotationError("expected a slice without a step, got one with a step")
            start = 0 if key.lower is None else self._position(key.lower, length)
            stop = length if key.upper is None else self._position(key.upper, length)
            return range(start, stop)
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            if isinstance(labels, WordList):
                return key.value
            if isinstance(labels, Texts) and key.value in labels.ids:
                position = labels.ids.index(key.value)
                return range(position, position + 1)
            known = ", ".join(labels.ids) if isinstance(labels, Texts) else "no labels"
            raise NotationError(f"expected one of {known}, got {key.value!r}")
        position = self._position(key, length)
        return range(position, position + 1)

    def _position(self, key: ast.expr, length: int) -> int:
        """A position from a number, or from plain numbers with names: ``tokens - 1``."""
        try:
            position: Any = ast.literal_eval(key)
        except ValueError:
            position = self._plain(key)
        if not isinstance(position, int) or isinstance(position, bool):
            raise NotationError(f"expected a number or a word, got {ast.unparse(key)!r}")
        if not -length <= position <= length:
            raise NotationError(f"expected a position up to {length}, got {position}")
        return position + length if position < 0 else position

    def _plain(self, key: ast.expr) -> int | None:
        """The whole number that plain numbers make, if they do."""
        parts = list(ast.walk(key))
        arithmetic = (ast.Name, ast.BinOp, ast.Constant, ast.Call, ast.operator, ast.expr_context)
        called = {ast.unparse(part.func) for part in parts if isinstance(part, ast.Call)}
        named = any(isinstance(part, ast.Name) for part in parts)
        if not (named and called <= {"min", "max"}) or not all(
            isinstance(part, arithmetic) for part in parts
        ):
            return None
        node = self.read(key)
        if node.shape != (1, 1) or not is_plain(node):
            return None
        number = float(node.value[0, 0])
        return int(number) if number.is_integer() else None

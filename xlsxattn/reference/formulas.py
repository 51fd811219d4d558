"""The formulas of a lesson, computed at once over named matrices."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from xlsxattn.reference.functions import ELEMENTWISE, OTHERS, REDUCTIONS, no_number, truth, written
from xlsxattn.reference.program import Definition
from xlsxattn.reference.tables import Array, Labels, Named, Table


def evaluate(formula: str, table: Table, suffix: str = "", before: Table | None = None) -> Named:
    """The value of a formula of the lesson over named matrices.

    ``before`` holds the matrices as they were, for ``before("Output")`` in a what-if claim.
    """
    with np.errstate(all="ignore"):
        return _Evaluator(table, suffix, before or {}).value(_parsed(formula))


@lru_cache(maxsize=8192)
def _parsed(formula: str) -> ast.expr:
    """A formula's syntax tree, parsed once: a check computes each several times."""
    return ast.parse(formula.strip(), mode="eval").body


def names_in(one: Definition) -> set[str]:
    """The names of the matrices that a definition reads, those of its labels too."""
    formulas = [text for text in (one.formula, one.when) if text]
    nodes = (node for text in formulas for node in ast.walk(_parsed(text)))
    read = {node.id for node in nodes if isinstance(node, ast.Name)}
    return read | {label for label in (one.rows, one.columns) if isinstance(label, str)}


def verdict(holds: str, when: str, table: Table) -> str:
    if when and not evaluate(when, table).values.all():
        return "–"
    evaluator = _Evaluator(table, "", {})
    holding = evaluator.value(_parsed(holds))
    if evaluator.absent:
        return "–"
    return "✓" if holding.values.all() else "✗"


class _Evaluator:
    """Walks Python's syntax tree; the forms are those that ``notation`` accepts."""

    def __init__(self, table: Table, suffix: str, before: Table) -> None:
        self.table, self.suffix, self.before = table, suffix, before
        self.absent = False  # whether a word that was sought is not there

    def value(self, node: ast.expr) -> Named:
        result: Named = getattr(self, f"value_{type(node).__name__}")(node)
        return result

    def value_Constant(self, node: ast.Constant) -> Named:
        return Named(
            np.array([[node.value]], dtype=object if isinstance(node.value, str) else float)
        )

    def value_Name(self, node: ast.Name) -> Named:
        found = self.table.get(node.id + self.suffix) or self.table[node.id]
        if found.values.dtype == object:
            self.absent |= bool((found.values == "–").any())
        else:
            self.absent |= bool(np.isnan(found.values).any())
        return found

    def value_Attribute(self, node: ast.Attribute) -> Named:
        inner = self.value(node.value)
        return Named(inner.values.T, inner.columns, inner.rows)

    def value_UnaryOp(self, node: ast.UnaryOp) -> Named:
        inner = self.value(node.operand)
        return Named(-inner.values, inner.rows, inner.columns)

    def value_BinOp(self, node: ast.BinOp) -> Named:
        a, b = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.MatMult):
            return Named(a.values @ b.values, a.rows, b.columns)
        operations: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
            ast.Add: np.add,
            ast.Sub: np.subtract,
            ast.Mult: np.multiply,
            ast.Div: np.divide,
            ast.Pow: np.power,
        }
        return self.broadcast(operations[type(node.op)], a, b)

    def value_Compare(self, node: ast.Compare) -> Named:
        operations: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
            ast.Eq: truth(np.equal),
            ast.NotEq: truth(np.not_equal),
            ast.Lt: truth(np.less),
            ast.LtE: truth(np.less_equal),
            ast.Gt: truth(np.greater),
            ast.GtE: truth(np.greater_equal),
        }
        result: Named | None = None
        left = self.value(node.left)
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            one = self.broadcast(operations[type(operator)], left, right)
            result = one if result is None else self.broadcast(np.multiply, result, one)
            left = right
        assert result is not None
        return result

    def value_BoolOp(self, node: ast.BoolOp) -> Named:
        operands = [self.value(value) for value in node.values]
        both = truth(lambda *a: np.logical_and.reduce(np.broadcast_arrays(*a)))
        return self.broadcast(both, *operands)

    @staticmethod
    def broadcast(function: Callable[..., Any], *operands: Named) -> Named:
        values = np.asarray(function(*(operand.values for operand in operands)))
        rows = [o.rows for o in operands if o.rows and len(o.values) == len(values)]
        columns = [
            o.columns for o in operands if o.columns and o.values.shape[1] == values.shape[1]
        ]
        return Named(values, rows[0] if rows else None, columns[0] if columns else None)

    def value_Call(self, node: ast.Call) -> Named:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == "before":
            assert isinstance(node.args[0], ast.Constant)
            return self.before[str(node.args[0].value)]
        if name == "where":
            return self.where(*node.args)
        if name == "text":
            return self.text(node)
        operands = [self.value(argument) for argument in node.args]
        if name in ELEMENTWISE:
            return self.broadcast(ELEMENTWISE[name], *operands)
        if name in ("max", "min") and len(operands) > 1:
            extreme = np.maximum if name == "max" else np.minimum
            return self.broadcast(lambda *a: extreme.reduce(np.broadcast_arrays(*a)), *operands)
        if name in REDUCTIONS:
            first, (reduction, axis) = operands[0], REDUCTIONS[name]
            values = reduction(first.values, axis=axis, keepdims=True)
            rows = first.rows if axis == 1 else None
            return Named(values, rows, first.columns if axis == 0 else None)
        found = OTHERS[name](*operands)
        if name == "find":  # a word that is not in the sentence now
            self.absent |= bool(np.isnan(found.values).any())
        return found

    def text(self, node: ast.Call) -> Named:
        """One text of all operands; what is absent is a dash in it, and the text is there."""
        before = self.absent
        parts = [self.value(argument).values[0, 0] for argument in node.args]
        self.absent = before
        decimals = next((ast.literal_eval(one.value) for one in node.keywords), 2)
        shown = [part if isinstance(part, str) else written(part, decimals) for part in parts]
        return Named(np.array([["".join(shown)]], dtype=object))

    def where(self, condition: ast.expr, a: ast.expr, b: ast.expr) -> Named:
        """One or the other; a dash where a word of the condition or of either is absent."""
        test = self.value(condition)
        before, branches, missing = self.absent, [], [no_number(test.values)]
        for branch in (a, b):
            self.absent = False
            branches.append(self.value(branch))
            if self.absent:
                missing.append(no_number(branches[-1].values))
            before |= self.absent
        self.absent = before

        def choose(c: Array, x: Array, y: Array) -> Array:
            chosen = np.where(c != 0, x, y)
            for lost in missing:
                chosen = np.where(lost, "–" if chosen.dtype == object else np.nan, chosen)
            return chosen

        return self.broadcast(choose, test, *branches)

    def value_Subscript(self, node: ast.Subscript) -> Named:
        table = self.value(node.value)
        index = node.slice
        keys = list(index.elts) if isinstance(index, ast.Tuple) else [index]
        rows = self.positions(keys[0], table.rows, len(table.values))
        columns = range(table.values.shape[1])
        if len(keys) == 2:
            found = self.positions(keys[1], table.columns, table.values.shape[1])
            if found is None:
                rows, columns = None, range(1)
            else:
                columns = found
        if rows is None:  # a word that is not in the sentence now
            self.absent = True
            return Named(np.full((1, len(columns)), np.nan), None, table.columns)
        values = table.values[rows.start : rows.stop, columns.start : columns.stop]
        row_labels = table.rows[rows.start : rows.stop] if table.rows else None
        column_labels = table.columns[columns.start : columns.stop] if table.columns else None
        return Named(values, row_labels, column_labels)

    @staticmethod
    def positions(key: ast.expr, labels: Labels, length: int) -> range | None:
        if isinstance(key, ast.Slice):
            start = 0 if key.lower is None else ast.literal_eval(key.lower)
            stop = length if key.upper is None else ast.literal_eval(key.upper)
            return range(start + length * (start < 0), stop + length * (stop < 0))
        wanted = ast.literal_eval(key)
        if isinstance(wanted, str):
            if labels is None or wanted not in labels:
                return None
            wanted = labels.index(wanted)
        wanted += length * (wanted < 0)
        return range(wanted, wanted + 1)

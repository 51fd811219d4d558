"""Every step of a lesson again, in plain NumPy, from numbers read out of a workbook.

This is the judge, so it shares nothing with what it judges: no expressions, no printer,
no layout. It knows a lesson's structure and computes eagerly, the way one would write
attention by hand. An absent word gives NaN, as a dash stands in its place in the sheet.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlsxattn.lesson import Attention, Context, Lesson, Step

Array = NDArray[Any]
Labels = list[str] | None


@dataclass
class Named:
    """A matrix with what its rows and columns are called, where they are called anything."""

    values: Array
    rows: Labels = None
    columns: Labels = None


Table = dict[str, Named]


def recompute(lesson: Lesson, inputs: dict[str, Array]) -> Table:
    """Every input and step by name. ``inputs`` are the typed matrices, words as text."""
    table: Table = {}
    for name, values in inputs.items():
        table[name] = Named(values)
    _label_inputs(lesson, table)
    with np.errstate(all="ignore"):
        if lesson.attention is not None:
            _Attention(lesson, lesson.attention, table).compute()
        for step in lesson.steps:
            _own_step(step, table)
        for claim in lesson.claims:
            if claim.holds:
                verdict = _verdict(claim.holds, claim.when, table)
                table[f"Claim_{claim.name}"] = Named(np.array([[verdict]], dtype=object))
    return table


def _label_inputs(lesson: Lesson, table: Table) -> None:
    dimensions: Labels = None
    if lesson.vocabulary is not None:
        dimensions = list(lesson.vocabulary.columns)
        table["Vocabulary"].rows = list(table["Vocabulary_words"].values[:, 0])
        table["Vocabulary"].columns = dimensions
    for name in lesson.weights:
        if dimensions is not None and len(table[name].values) == len(dimensions):
            table[name].rows = dimensions
    for matrix in lesson.inputs:
        table[matrix.name].rows = _ids(matrix.rows)
        table[matrix.name].columns = _ids(matrix.columns)


def _ids(labels: Any) -> Labels:
    if isinstance(labels, dict):
        return list(labels)
    ids = [label if isinstance(label, str) else next(iter(label.values())) for label in labels]
    return ids or None


def _own_step(step: Step, table: Table) -> None:
    if step.rows:
        parts = []
        for part in step.rows:
            table[part.name] = evaluate(part.formula, table)
            parts.append(table[part.name])
        names = [part.name for part in step.rows]
        rows = names if sum(len(part.values) for part in parts) == len(parts) else None
        stacked = np.concatenate([part.values for part in parts])
        table[step.name] = Named(stacked, rows, parts[0].columns)
    else:
        table[step.name] = evaluate(step.formula, table)
    if step.columns:
        table[step.name].columns = _ids(step.columns)


# --- attention, by hand ---------------------------------------------------------------


class _Attention:
    def __init__(self, lesson: Lesson, choices: Attention, table: Table) -> None:
        self.lesson, self.choices, self.table = lesson, choices, table

    def compute(self) -> None:
        for context in self.lesson.contexts:
            suffix = f"_{context.id}" if len(self.lesson.contexts) > 1 else ""
            self.embed("X", "Embeddings", "Words", "", suffix)
            if context.keys:
                self.embed("X_source", "Embeddings_source", "Words_source", "_source", suffix)
            outputs = []
            heads = range(1, self.choices.heads + 1)
            for head in [f"_head{h}" for h in heads] if self.choices.heads > 1 else [""]:
                outputs.append(self.one_head(context, head, suffix))
            if len(outputs) > 1:
                self.combine(outputs, suffix)
            if self.choices.inspector is not None:
                self.inspect(suffix)

    def number(self, name: str) -> float:
        return float(self.table[name].values[0, 0])

    def embed(self, X: str, embeddings: str, words_name: str, tail: str, suffix: str) -> None:
        words = [str(word) for word in self.table[words_name + suffix].values[:, 0]]
        vocabulary = self.table["Vocabulary"]
        assert vocabulary.rows is not None
        values = np.array([vocabulary.values[vocabulary.rows.index(word)] for word in words])
        if self.choices.positions != "off":
            self.table[embeddings + suffix] = Named(values, words, vocabulary.columns)
            n, d = values.shape
            position = np.arange(n, dtype=float)[:, None]
            divisor = np.array([[10000 ** (2 * (j // 2) / d) for j in range(d)]])
            waves = np.where(
                np.arange(d) % 2 == 0, np.sin(position / divisor), np.cos(position / divisor)
            )
            self.table[f"Position_number{tail}{suffix}"] = Named(position, words)
            self.table[f"Divisor{tail}{suffix}"] = Named(divisor, None, vocabulary.columns)
            self.table[f"Positions{tail}{suffix}"] = Named(waves, words, vocabulary.columns)
            values = values + self.number("Positions_on") * waves
        self.table[X + suffix] = Named(values, words, vocabulary.columns)

    def source(self, letter: str, context: Context, head: str, suffix: str) -> Named:
        """Q, K or V of one head, stored as a step where the workbook shows it."""
        formula: str = getattr(self.choices, letter)
        base = "X_source" if context.keys and letter != "Q" else "X"
        weights = self.table.get(f"W_{letter}{head}") or self.table.get(f"W_{letter}")
        if formula:
            result = evaluate(formula, self.table, suffix)
        elif weights is not None:
            X = self.table[base + suffix]
            result = Named(X.values @ weights.values, X.rows, weights.columns)
        else:
            result = self.table[base + suffix]
        own = bool(formula) or f"W_{letter}{head}" in self.table
        if head and not own:
            if weights is not None:
                self.table[letter + suffix] = result
            width = result.values.shape[1] // self.choices.heads
            start = (int(head.removeprefix("_head")) - 1) * width
            columns = result.columns[start : start + width] if result.columns else None
            result = Named(result.values[:, start : start + width], result.rows, columns)
        plain_name = formula.isidentifier() and formula != letter
        if not (result is self.table.get(base + suffix) or plain_name):
            self.table[letter + head + suffix] = result
        return result

    def one_head(self, context: Context, head: str, suffix: str) -> Named:
        Q, K, V = (self.source(letter, context, head, suffix) for letter in "QKV")
        tail = head + suffix
        if self.choices.scores == "additive":
            scores = self.additive(Q, K, head, tail)
        else:
            scores = Q.values @ K.values.T
        scaled = scores / self.number("Temperature")
        if self.choices.scores == "scaled-dot":
            d_k = float(K.values.shape[1])
            self.table.setdefault("d_k", Named(np.array([[d_k]])))
            scaled = scores / math.sqrt(d_k) / self.number("Temperature")

        def keep(name: str, values: Array, columns: Labels) -> None:
            self.table[name + tail] = Named(values, Q.rows, columns)

        keep("Scores", scores, K.rows)
        keep("Scaled", scaled, K.rows)
        if self.choices.mask != "off":
            mask = self.mask(*scores.shape)
            keep("Mask", mask, K.rows)
            scaled = np.where(mask == 1, scaled, -1e30)
            keep("Masked", scaled, K.rows)
        largest = scaled.max(axis=1, keepdims=True)
        exponentials = np.exp(scaled - largest)
        total = exponentials.sum(axis=1, keepdims=True)
        weights = exponentials / total
        keep("RowMax", largest, None)
        keep("Exponentials", exponentials, K.rows)
        keep("RowSum", total, None)
        keep("Attention", weights, K.rows)
        keep("Attention_sum", weights.sum(axis=1, keepdims=True), None)
        keep("Output", weights @ V.values, V.columns)
        return self.table["Output" + tail]

    def additive(self, Q: Named, K: Named, head: str, tail: str) -> Array:
        W_query, W_key, W_score = (
            (self.table.get(name + head) or self.table[name]).values
            for name in ("W_query", "W_key", "W_score")
        )
        queries, keys = Q.values @ W_query, K.values @ W_key
        self.table[f"Query_part{tail}"] = Named(queries, Q.rows)
        self.table[f"Key_part{tail}"] = Named(keys.T, None, K.rows)
        hidden = np.tanh(queries[:, None, :] + keys[None, :, :])
        for unit in range(hidden.shape[2]):
            name = f"Hidden_unit{unit + 1}{tail}"
            self.table[name] = Named(hidden[:, :, unit], Q.rows, K.rows)
        return np.asarray(np.einsum("ijh,h->ij", hidden, W_score[:, 0]))

    def mask(self, n_q: int, n_k: int) -> Array:
        row, column = np.arange(n_q)[:, None], np.arange(n_k)[None, :]
        if self.number("Mask_on") == 1:
            return (column <= row).astype(float)
        if self.number("Mask_on") == 2:
            return (abs(column - row) <= self.number("Window")).astype(float)
        return np.ones((n_q, n_k))

    def combine(self, outputs: list[Named], suffix: str) -> None:
        together = np.concatenate([output.values for output in outputs], axis=1)
        W_O = self.table.get("W_O")
        if W_O is not None:
            self.table["Concatenated" + suffix] = Named(together, outputs[0].rows)
            self.table["Output" + suffix] = Named(
                together @ W_O.values, outputs[0].rows, W_O.columns
            )
        else:
            self.table["Output" + suffix] = Named(together, outputs[0].rows)

    def inspect(self, suffix: str) -> None:
        rows = []
        for role, letter in (("Inspected_query", "Q"), ("Inspected_key", "K")):
            head = "_head1" if self.choices.heads > 1 else ""
            source = self.table.get(letter + head + suffix) or self.table["X" + suffix]
            assert source.rows is not None
            word = str(self.table[role + suffix].values[0, 0])
            present = word in source.rows
            index = source.rows.index(word) if present else 0
            rows.append(source.values[[index]] if present else source.values[[0]] * math.nan)
            self.table[f"{role}_row{suffix}"] = Named(rows[-1], [word], source.columns)
        products = rows[0] * rows[1]
        self.table["Products" + suffix] = Named(products)
        self.table["Inspector" + suffix] = Named(np.concatenate([*rows, products]))
        self.table["Dot_product" + suffix] = Named(products.sum(axis=1, keepdims=True))


# --- notation, eagerly ----------------------------------------------------------------


def evaluate(formula: str, table: Table, suffix: str = "", before: Table | None = None) -> Named:
    """The value of a formula of the lesson over named matrices.

    ``before`` holds the matrices as they were, for ``before("Output")`` in a what-if claim.
    """
    with np.errstate(all="ignore"):
        return _Evaluator(table, suffix, before or {}).value(
            ast.parse(formula.strip(), mode="eval").body
        )


def _verdict(holds: str, when: str, table: Table) -> str:
    if when and not evaluate(when, table).values.all():
        return "–"
    evaluator = _Evaluator(table, "", {})
    holding = evaluator.value(ast.parse(holds.strip(), mode="eval").body)
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
        if found.values.dtype != object and np.isnan(found.values).any():
            self.absent = True
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
            ast.Eq: lambda a, b: a == b,
            ast.NotEq: lambda a, b: a != b,
            ast.Lt: lambda a, b: a < b,
            ast.LtE: lambda a, b: a <= b,
            ast.Gt: lambda a, b: a > b,
            ast.GtE: lambda a, b: a >= b,
        }
        result: Named | None = None
        left = self.value(node.left)
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            one = self.broadcast(operations[type(operator)], left, right)
            one.values = one.values.astype(float)
            result = one if result is None else self.broadcast(np.multiply, result, one)
            left = right
        assert result is not None
        return result

    def value_BoolOp(self, node: ast.BoolOp) -> Named:
        result = self.value(node.values[0])
        for other in node.values[1:]:
            result = self.broadcast(np.multiply, result, self.value(other))
        return result

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
        operands = [self.value(argument) for argument in node.args]
        elementwise: dict[str, Callable[..., Any]] = {
            "exp": np.exp,
            "ln": np.log,
            "sqrt": np.sqrt,
            "tanh": np.tanh,
            "sin": np.sin,
            "cos": np.cos,
            "abs": np.abs,
            "where": lambda c, a, b: np.where(c != 0, a, b),
        }
        if name in elementwise:
            return self.broadcast(elementwise[name], *operands)
        if name == "max" and len(operands) > 1:
            return self.broadcast(lambda *a: np.maximum.reduce(np.broadcast_arrays(*a)), *operands)
        first = operands[0]
        axis_name, _, reduction = name.rpartition("_")
        reductions: dict[str, Callable[..., Any]] = {
            "sum": np.sum,
            "max": np.max,
            "mean": np.mean,
        }
        if reduction in reductions:
            axis = {"row": 1, "column": 0, "": None}[axis_name]
            values = reductions[reduction](first.values, axis=axis, keepdims=True)
            rows = first.rows if axis == 1 else None
            return Named(values, rows, first.columns if axis == 0 else None)
        others: dict[str, Callable[..., Named]] = {
            "lookup": self.lookup,
            "beside": lambda *parts: Named(
                np.concatenate([p.values for p in parts], axis=1), parts[0].rows
            ),
            "stack": lambda *parts: Named(
                np.concatenate([p.values for p in parts]), None, parts[0].columns
            ),
            "columns": lambda a: Named(np.array([[float(a.values.shape[1])]])),
            "row_numbers": lambda a: Named(np.arange(1.0, len(a.values) + 1)[:, None]),
            "column_numbers": lambda a: Named(np.arange(1.0, a.values.shape[1] + 1)[None, :]),
        }
        return others[name](*operands)

    @staticmethod
    def lookup(words: Named, keys: Named, table: Named) -> Named:
        listed = [str(key) for key in keys.values[:, 0]]
        sought = [str(word) for word in words.values[:, 0]]
        values = np.array([table.values[listed.index(word)] for word in sought])
        return Named(values, sought, table.columns)

    def value_Subscript(self, node: ast.Subscript) -> Named:
        table = self.value(node.value)
        index = node.slice
        keys = list(index.elts) if isinstance(index, ast.Tuple) else [index]
        rows = self.positions(keys[0], table.rows, len(table.values))
        columns = range(table.values.shape[1])
        if len(keys) == 2:
            found = self.positions(keys[1], table.columns, table.values.shape[1])
            if found is None:
                rows = None
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

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

from xlsxattn.lesson import Attention, Context, LabelTexts, Lesson, LocalText, Step

Array = NDArray[Any]
Labels = list[str] | None


@dataclass
class Named:
    """A matrix with what its rows and columns are called, where they are called anything."""

    values: Array
    rows: Labels = None
    columns: Labels = None


Table = dict[str, Named]


def recompute(lesson: Lesson, inputs: dict[str, Array], language: str = "en") -> Table:
    """Every input and step by name. ``inputs`` are the typed matrices, words as text.

    ``language`` is that of the labels that a step may show as its result.
    """
    table: Table = {}
    for name, values in inputs.items():
        table[name] = Named(values)
    _label_inputs(lesson, table, language)
    with np.errstate(all="ignore"):
        if lesson.attention is not None:
            attention = _Attention(lesson, lesson.attention, table)
            attention.compute()
            if lesson.training is not None:
                from xlsxattn.reference_training import train

                train(lesson, lesson.training, table, attention.forward)
        for step in lesson.steps:
            _own_step(step, table, language)
        for claim in lesson.claims:
            if claim.holds:
                verdict = _verdict(claim.holds, claim.when, table)
                table[f"Claim_{claim.name}"] = Named(np.array([[verdict]], dtype=object))
    return table


def _label_inputs(lesson: Lesson, table: Table, language: str) -> None:
    dimensions: Labels = None
    if lesson.vocabulary is not None:
        dimensions = _labels(dict(lesson.vocabulary.columns), language)
        table["Vocabulary"].rows = list(table["Vocabulary_words"].values[:, 0])
        table["Vocabulary"].columns = dimensions
    for name in lesson.weights:
        table[name].columns = _labels(lesson.weight_columns.get(name, []), language)
        rows, columns = table[name].values.shape
        if dimensions is not None and name == "W_O":
            if columns == len(dimensions):
                table[name].columns = table[name].columns or dimensions
        elif dimensions is not None and rows == len(dimensions):
            table[name].rows = dimensions
    for matrix in lesson.inputs:
        table[matrix.name].rows = _labels(matrix.rows, language)
        table[matrix.name].columns = _labels(matrix.columns, language)


class Label(str):
    """What notation calls a row or column, with what the page calls it."""

    shown: str

    @classmethod
    def of(cls, name: str, text: LocalText, language: str) -> Label:
        label = cls(name)
        label.shown = text if isinstance(text, str) else text[language]
        return label


def _labels(given: LabelTexts, language: str) -> Labels:
    if isinstance(given, dict):
        return [Label.of(name, text, language) for name, text in given.items()]
    ids = [text if isinstance(text, str) else next(iter(text.values())) for text in given]
    return [Label.of(i, text, language) for i, text in zip(ids, given, strict=True)] or None


def _own_step(step: Step, table: Table, language: str) -> None:
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
        table[step.name].columns = _labels(step.columns, language)
    if step.row_labels:
        table[step.name].rows = _labels(step.row_labels, language)


# --- attention, by hand ---------------------------------------------------------------


class _Attention:
    def __init__(self, lesson: Lesson, choices: Attention, table: Table) -> None:
        self.lesson, self.choices, self.table = lesson, choices, table
        self.contexts = lesson.contexts or [Context(id="")]
        self.heads = [""]
        if choices.heads > 1:
            self.heads = [f"_head{number}" for number in range(1, choices.heads + 1)]

    def suffix(self, context: Context) -> str:
        return f"_{context.id}" if len(self.contexts) > 1 else ""

    def compute(self) -> None:
        for context in self.contexts:
            suffix = self.suffix(context)
            if context.words and not context.shares:
                self.embed("", suffix)
                if context.keys:
                    self.embed("_source", suffix)
        widths: dict[str, float] = {}
        for context in self.contexts:
            outputs = [self.one_head(context, head, widths) for head in self.heads]
            if len(outputs) > 1:
                self.combine(outputs, self.suffix(context))
        shared = len(set(widths.values())) == 1
        for tail, width in widths.items():
            self.table["d_k" if shared else f"d_k{tail}"] = Named(np.array([[width]]))

    def forward(self, table: Table) -> None:
        """The steps from Q, K and V to the output again, over other weights in a table."""
        again = _Attention(self.lesson, self.choices, table)
        for context in again.contexts:
            again.one_head(context, "", {})

    def number(self, name: str) -> float:
        return float(self.table[name].values[0, 0])

    def embed(self, tail: str, suffix: str) -> None:
        words = [str(word) for word in self.table[f"Words{tail}{suffix}"].values[:, 0]]
        vocabulary = self.table["Vocabulary"]
        assert vocabulary.rows is not None
        values = np.array([vocabulary.values[vocabulary.rows.index(word)] for word in words])
        if self.choices.positions != "off":
            self.table[f"Embeddings{tail}{suffix}"] = Named(values, words, vocabulary.columns)
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
        self.table[f"X{tail}{suffix}"] = Named(values, words, vocabulary.columns)

    def base(self, context: Context, letter: str) -> Named:
        """The embeddings that Q, K or V of a context start from."""
        if context.shares:
            owner = next(c for c in self.contexts if c.id == context.shares)
            return self.base(owner, letter)
        if not context.words:
            return self.table["X"]
        tail = "_source" if context.keys and letter != "Q" else ""
        return self.table[f"X{tail}{self.suffix(context)}"]

    def source(self, letter: str, context: Context, head: str) -> Named:
        """Q, K or V of one head, stored as a step where the workbook shows it."""
        suffix = self.suffix(context)
        formula: str = getattr(context, letter) or getattr(self.choices, letter)
        weights = self.table.get(f"W_{letter}{head}") or self.table.get(f"W_{letter}")
        if formula:
            tails = (head + suffix, suffix, head, "")
            names = {n.id for n in ast.walk(ast.parse(formula)) if isinstance(n, ast.Name)}
            local = dict(self.table)
            if context.shares:
                local |= {"X": self.base(context, "Q"), "X_source": self.base(context, "K")}
            for name in names:
                found = [name + tail for tail in tails if name + tail in self.table]
                if found:
                    local[name] = self.table[found[0]]
            own = bool(head) and any(name + head in self.table for name in names)
            result = evaluate(formula, local)
        elif weights is not None:
            X = self.base(context, letter)
            result = Named(X.values @ weights.values, X.rows, weights.columns)
            own = f"W_{letter}{head}" in self.table
        else:
            result, own = self.base(context, letter), False
        existing = any(result is other for other in self.table.values())
        if head and not own:
            if not existing:
                self.table[letter + suffix] = result
            width = result.values.shape[1] // self.choices.heads
            start = (int(head.removeprefix("_head")) - 1) * width
            columns = result.columns[start : start + width] if result.columns else None
            result = Named(result.values[:, start : start + width], result.rows, columns)
            existing = False
        if not existing:
            self.table[letter + head + suffix] = result
        return result

    def one_head(self, context: Context, head: str, widths: dict[str, float]) -> Named:
        Q, K, V = (self.source(letter, context, head) for letter in "QKV")
        tail = head + self.suffix(context)
        kind = context.scores or self.choices.scores
        scores = self.additive(Q, K, head, tail) if kind == "additive" else Q.values @ K.values.T
        scaled = scores / self.number("Temperature")
        if kind == "scaled-dot":
            width = float(K.values.shape[1])
            widths[tail] = width
            scaled = scores / math.sqrt(width) / self.number("Temperature")

        def keep(name: str, values: Array, columns: Labels) -> None:
            self.table[name + tail] = Named(values, Q.rows, columns)

        if self.choices.intersection:
            self.table[f"Query_rows{tail}"] = Q
            self.table[f"Key_columns{tail}"] = Named(K.values.T, K.columns, K.rows)
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
        output, W_out = weights @ V.values, self.table.get("W_out")
        if W_out is None or head:
            keep("Output", output, V.columns)
        else:
            keep("Attended", output, V.columns)
            keep("Output", output @ W_out.values, W_out.columns)
        if f"Inspected_query{tail}" in self.table:
            self.inspect(Q, K, tail)
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
        rows, columns = outputs[0].rows, _joined([output.columns for output in outputs])
        W_O = self.table.get("W_O")
        if W_O is None:
            self.table["Output" + suffix] = Named(together, rows, columns)
        else:
            self.table["Concatenated" + suffix] = Named(together, rows, columns)
            self.table["Output" + suffix] = Named(together @ W_O.values, rows, W_O.columns)

    def inspect(self, Q: Named, K: Named, tail: str) -> None:
        rows = []
        for role, source in (("Inspected_query", Q), ("Inspected_key", K)):
            assert source.rows is not None
            word = str(self.table[role + tail].values[0, 0])
            present = word in source.rows
            index = source.rows.index(word) if present else 0
            rows.append(source.values[[index]] if present else source.values[[0]] * math.nan)
            self.table[f"{role}_row{tail}"] = Named(rows[-1], [word], source.columns)
        products = rows[0] * rows[1]
        self.table["Products" + tail] = Named(products)
        self.table["Inspector" + tail] = Named(np.concatenate([*rows, products]))
        self.table["Dot_product" + tail] = Named(products.sum(axis=1, keepdims=True))


def _joined(labels: list[Labels]) -> Labels:
    known = [part for part in labels if part is not None]
    return [label for part in known for label in part] if len(known) == len(labels) else None


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


def no_number(values: Array) -> Array:
    """Where there is a dash among texts, or what no cell holds as a number."""
    return np.asarray(values == "–" if values.dtype == object else ~np.isfinite(values))


def truth(function: Callable[..., Any]) -> Callable[..., Array]:
    """1 or 0, and NaN where an operand is absent or no number."""

    def known(*operands: Array) -> Array:
        result = np.asarray(function(*operands)).astype(float)
        for operand in operands:
            result = np.where(no_number(operand), np.nan, result)
        return result

    return known


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
        operands = [self.value(argument) for argument in node.args]
        elementwise: dict[str, Callable[..., Any]] = {
            "exp": np.exp,
            "ln": np.log,
            "sqrt": np.sqrt,
            "tanh": np.tanh,
            "sin": np.sin,
            "cos": np.cos,
            "abs": np.abs,
        }
        if name in elementwise:
            return self.broadcast(elementwise[name], *operands)
        if name in ("max", "min") and len(operands) > 1:
            extreme = np.maximum if name == "max" else np.minimum
            return self.broadcast(lambda *a: extreme.reduce(np.broadcast_arrays(*a)), *operands)
        first = operands[0]
        axis_name, _, reduction = name.rpartition("_")
        reductions: dict[str, Callable[..., Any]] = {
            "sum": np.sum,
            "max": np.max,
            "min": np.min,
            "mean": np.mean,
        }
        if reduction in reductions and axis_name in ("row", "column", ""):
            axis = {"row": 1, "column": 0, "": None}[axis_name]
            values = reductions[reduction](first.values, axis=axis, keepdims=True)
            rows = first.rows if axis == 1 else None
            return Named(values, rows, first.columns if axis == 0 else None)

        def shown(a: Named) -> list[str]:
            return [str(getattr(label, "shown", label)) for label in a.columns or []]

        others: dict[str, Callable[..., Named]] = {
            "lookup": self.lookup,
            "find": self.lookup,
            "column_labels": lambda a: Named(np.array([shown(a)], dtype=object), None, a.columns),
            "largest_label": lambda a: Named(
                np.array(
                    [["–" if np.isnan(r).any() else shown(a)[r.argmax()]] for r in a.values],
                    dtype=object,
                ),
                a.rows,
            ),
            "recurrent": self.recurrent,
            "beside": lambda *parts: Named(
                np.concatenate([p.values for p in parts], axis=1),
                parts[0].rows,
                _joined([p.columns for p in parts]),
            ),
            "stack": lambda *parts: Named(
                np.concatenate([p.values for p in parts]),
                _joined([p.rows for p in parts]),
                parts[0].columns,
            ),
            "columns": lambda a: Named(np.array([[float(a.values.shape[1])]])),
            "row_numbers": lambda a: Named(np.arange(1.0, len(a.values) + 1)[:, None]),
            "column_numbers": lambda a: Named(np.arange(1.0, a.values.shape[1] + 1)[None, :]),
        }
        return others[name](*operands)

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

    @staticmethod
    def lookup(words: Named, keys: Named, table: Named) -> Named:
        listed = [str(key) for key in keys.values[:, 0]]
        sought = [str(word) for word in words.values[:, 0]]
        nothing = np.full(table.values.shape[1], np.nan)
        values = np.array(
            [table.values[listed.index(word)] if word in listed else nothing for word in sought]
        )
        return Named(values, sought, table.columns)

    @staticmethod
    def recurrent(X: Named, W: Named, U: Named) -> Named:
        state, states = np.zeros(len(W.values)), []
        for word in X.values:
            state = np.tanh(state @ W.values + word @ U.values)
            states.append(state)
        return Named(np.array(states), X.rows, W.columns)

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

"""Attention by hand, the way one would write it in NumPy."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

import numpy as np

from by_hand.tables import Array, Labels, Named, Table, joined
from xlsxattn.lesson import Attention, Context, Lesson
from xlsxattn.reference.formulas import evaluate


class ByHand:
    def __init__(self, lesson: Lesson, choices: Attention, table: Table) -> None:
        self.lesson, self.choices, self.table = lesson, choices, table
        self.contexts = lesson.contexts or [Context(id="")]
        self.heads = [""]
        if choices.heads > 1:
            self.heads = [f"_head{number}" for number in range(1, choices.heads + 1)]

    def suffix(self, context: Context) -> str:
        return f"_{context.id}" if len(self.contexts) > 1 else ""

    def compute(self, before_heads: Callable[[], object]) -> None:
        """Everything; ``before_heads`` makes the steps that are read in place of X."""
        for context in self.contexts:
            suffix = self.suffix(context)
            if context.words and not context.shares:
                self.embed("", suffix)
                if context.keys:
                    self.embed("_source", suffix)
        before_heads()
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
        again = ByHand(self.lesson, self.choices, table)
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
        if self.choices.from_:
            from_ = self.choices.from_
            return self.table.get(from_ + self.suffix(context)) or self.table[from_]
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
            self.on_board(letter, context, X, weights, result)
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

    def on_board(self, name: str, context: Context, X: Named, W: Named, product: Named) -> None:
        """A projection as on a blackboard, of the first context and of all heads together."""
        listed = self.choices.intersection
        if isinstance(listed, list) and name in listed and context is self.contexts[0]:
            suffix = self.suffix(context)
            self.table[f"{name}_rows{suffix}"] = X
            self.table[f"{name}_columns{suffix}"] = Named(W.values, X.columns, W.columns)
            self.table[f"{name}_product{suffix}"] = Named(product.values, X.rows, W.columns)

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

        first = head in ("", "_head1") and context is self.contexts[0]
        if self.choices.intersection and first and kind != "additive":
            self.table[f"Scores_rows{tail}"] = Q
            self.table[f"Scores_columns{tail}"] = Named(K.values.T, K.columns, K.rows)
            if head or len(self.contexts) > 1:
                keep("Scores_product", scores, K.rows)
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
        if f"Mixed{tail}" in self.table:
            self.take_apart(Q, V, tail)
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
        rows, columns = outputs[0].rows, joined([output.columns for output in outputs])
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

    def take_apart(self, Q: Named, V: Named, tail: str) -> None:
        """The output of one word: the weight and the value of each, and their products."""
        assert Q.rows is not None
        word = str(self.table["Mixed" + tail].values[0, 0])
        index = Q.rows.index(word) if word in Q.rows else None
        found = self.table.get("Attended" + tail) or self.table["Output" + tail]
        weights, output = self.table["Attention" + tail].values[[index or 0]].T, found.values
        row = output[[index or 0]]
        if index is None:
            weights, row = weights * math.nan, row * math.nan
        shares = np.concatenate([weights.sum(axis=0, keepdims=True), weights])
        values = np.concatenate([row, V.values])
        products = weights * V.values
        total = products.sum(axis=0, keepdims=True)
        for name, made in (
            ("Mixed_row", row),
            ("Mixture_weights", weights),
            ("Mixture_shares", shares),
            ("Mixture_bars", shares),
            ("Mixture_values", values),
            ("Mixture", np.concatenate([shares, values], axis=1)),
            ("Mixture_products", products),
            ("Mixture_sum", total),
            ("Mixture_added", np.concatenate([products, total])),
        ):
            self.table[name + tail] = Named(made)

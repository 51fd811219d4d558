"""The mixture: the output of one chosen word taken apart, weight by weight, live."""

from __future__ import annotations

from xlsxattn.compose.attention_page import AttentionPage
from xlsxattn.compose.contexts import Column
from xlsxattn.errors import LessonError
from xlsxattn.expression import Joined, Lookup, Matrix, Slice, Words
from xlsxattn.functions.tables import column_sum
from xlsxattn.outline import Block, Label, Lane, WordCell, labels

#: Queries, keys and values of a context and head.
Parts = dict[tuple[str, str], tuple[Matrix, Matrix, Matrix]]


def take_apart(page: AttentionPage, word: str, parts: Parts) -> None:
    """What goes into the output of a word chosen from a list, in two bands.

    The first has the output row (1, d_v) and, of each word that is looked at, the weight and
    the value row (n_k, 1 + d_v); the second has weight times value (n_k, d_v) and their sum.
    One lane for every head of the one context, or for every context's first head.
    """
    columns = page.groups()[0]
    mixtures = [_Mixture(page, word, parts, column) for column in columns]
    page.band("Mixture", [], "output", lanes=[one.ingredients() for one in mixtures],
              mathematics="w,  v")  # fmt: skip
    page.band("Mixture_products", [], "output", lanes=[one.sum_of_products() for one in mixtures],
              mathematics="Σ w · v")  # fmt: skip


class _Mixture:
    """The mixture of one lane."""

    def __init__(self, page: AttentionPage, word: str, parts: Parts, column: Column) -> None:
        Q, K, self.V = parts[column.context.spec.id, column.head]
        listed = Q.row_labels
        if not isinstance(listed, Words):
            raise LessonError(f"{page.place}.mixture: expected words at Q, got none")
        known = (listed.choices or listed).words
        if word not in known:
            raise LessonError(
                f"{page.place}.mixture: expected a word of the vocabulary, got {word!r}"
            )
        self.page, self.caption = page, column.caption
        self.step = column.context.step(column.head)
        chosen = word if word in listed.words else listed.words[0]
        self.cell = Words(f"Mixed{column.tail}", [chosen], choices=listed)
        page.story.keep(self.cell)
        nodes = page.nodes
        found = nodes.get("Attended" + column.tail) or nodes["Output" + column.tail]
        weights = nodes["Attention" + column.tail]
        self.row = self.step("Mixed_row", Lookup(self.cell, listed, found, strict=False))
        given = [
            Lookup(self.cell, listed, Slice(weights, range(Q.rows), range(k, k + 1)), strict=False)
            for k in range(K.rows)
        ]
        self.weights = self.step("Mixture_weights", Joined("rows", given), K.row_labels)
        self.neighbours = labels(K.row_labels, K.rows)
        self.meanings = labels(self.V.column_labels, self.V.columns)

    def ingredients(self) -> Lane:
        """The chosen word's row, then the weight and the value row of each word."""
        whole = column_sum(self.weights)
        shares = self.step("Mixture_shares", Joined("rows", [whole, self.weights]))
        values = self.step("Mixture_values", Joined("rows", [self.row, self.V]))
        node = self.step("Mixture", Joined("columns", [shares, values]))
        rows: tuple[Label, ...] = (WordCell(self.cell, 0), *self.neighbours)
        interface = self.page.story.interface
        table = Block(node, rows, (interface["weight"], *self.meanings), self.caption, "output")
        bars = self.step("Mixture_bars", shares)
        return [table, self.page.story.beside(bars, interface["share"], tone="output", bars=True)]

    def sum_of_products(self) -> Lane:
        """Weight times value of each word, and under them what they add up to."""
        products = self.step("Mixture_products", self.weights * self.V)
        total = self.step("Mixture_sum", column_sum(products))
        node = self.step("Mixture_added", Joined("rows", [products, total]))
        rows: tuple[Label, ...] = (*self.neighbours, self.page.story.interface["sum"])
        return [Block(node, rows, self.meanings, self.caption, "output")]

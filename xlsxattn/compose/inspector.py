"""The inspector: two words chosen from lists, and the dot product of their rows, live."""

from __future__ import annotations

import numpy as np

from xlsxattn import lesson as files
from xlsxattn import named_attention as notation_of
from xlsxattn.compose.attention_page import AttentionPage
from xlsxattn.compose.contexts import Column
from xlsxattn.errors import LessonError
from xlsxattn.expression import Joined, Lookup, Matrix, Reduction, WordList, Words
from xlsxattn.outline import Block, Label, Lane, WordCell, labels


def inspect(
    page: AttentionPage,
    inspector: files.Inspector,
    parts: dict[tuple[str, str], tuple[Matrix, Matrix, Matrix]],
) -> None:
    """Two words chosen from lists, their rows, the products and the sum, live.

    One in each lane: of every head of the one context, or of every context's first head.
    """
    lanes = []
    for column in page.groups()[0]:
        Q, K, _ = parts[column.context.spec.id, column.head]
        step = column.context.step(column.head)
        lanes.append(_lane(page, inspector, Q, K, column, step))
    page.band("Inspector", [], "scores", lanes=lanes, mathematics="q · k")


def _best(listed: WordList, table: Matrix, chosen: list[Matrix]) -> str:
    """In place of an absent word: the first, or that whose row meets the chosen one best."""
    if not chosen:
        return listed.words[0]
    row = chosen[0].value[0]
    products = np.nan_to_num(table.value @ row)
    products[(table.value == row).all(axis=1)] = -np.inf  # the chosen word itself
    return listed.words[int(products.argmax())]


def _lane(
    page: AttentionPage,
    inspector: files.Inspector,
    Q: Matrix,
    K: Matrix,
    column: Column,
    step: notation_of.Steps,
) -> Lane:
    rows: list[Matrix] = []
    row_labels: list[Label] = []
    for role, wanted, table in (
        ("Inspected_query", inspector.query, Q),
        ("Inspected_key", inspector.key, K),
    ):
        listed = table.row_labels
        if not isinstance(listed, Words):
            raise LessonError(f"{page.place}.inspector: expected words at Q and K, got none")
        known = listed.choices or listed
        if wanted not in known.words:
            raise LessonError(
                f"{page.place}.inspector: expected a word of the vocabulary, got {wanted!r}"
            )
        word = wanted if wanted in listed.words else _best(listed, table, rows)
        cell = Words(role + column.tail, [word], choices=listed)
        page.story.keep(cell)
        rows.append(step(f"{role}_row", Lookup(cell, listed, table, strict=False)))
        row_labels.append(WordCell(cell, 0))
    rows.append(step("Products", rows[0] * rows[1]))
    row_labels.append(page.story.interface["product"])
    table_step = step("Inspector", Joined("rows", rows))
    columns = labels(Q.column_labels, Q.columns)
    total = step("Dot_product", Reduction("sum", "row", rows[2]))
    return [
        Block(table_step, tuple(row_labels), columns, column.caption, "scores"),
        page.story.beside(total, page.story.interface["sum"], row_offset=2),
    ]

"""The inspector: two words chosen from lists, and the dot product of their rows, live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from xlsxattn import lesson as files
from xlsxattn import named_attention as notation_of
from xlsxattn.compose.attention_page import AttentionPage
from xlsxattn.compose.contexts import Column
from xlsxattn.errors import LessonError
from xlsxattn.expression import (
    Elementwise,
    Joined,
    JoinedText,
    Lookup,
    Matrix,
    Reduction,
    Text,
    WordList,
    Words,
)
from xlsxattn.labels import Label, WordCell, labels
from xlsxattn.outline import Block, Lane

#: What the chosen words are called.
QUERY, KEY = "Inspected_query", "Inspected_key"


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
    _lead_marks(page)


def _lead_marks(page: AttentionPage) -> None:
    """The words of the first lane choose what is marked of the products of their sentence."""
    tail = page.groups()[0][0].tail
    query, key = page.story.nodes[QUERY + tail], page.story.nodes[KEY + tail]
    assert isinstance(query, Words) and isinstance(key, Words)
    for band in page.story.bands:
        if band.sheet != page.choices.sheet:
            continue
        shown = [block for lane in band.lanes for block in lane if isinstance(block, Block)]
        for block in [*shown, *(block.above for block in shown if block.above is not None)]:
            mark, node = block.mark, block.node
            if mark is not None and mark.row is not None and node.row_labels is query.choices:
                mark = replace(mark, row=_place(query), query=query)
            if mark is not None and mark.column is not None and node.column_labels is key.choices:
                mark = replace(mark, column=_place(key), key=key)
            block.mark = mark


def _place(chosen: Words) -> int:
    """Where a chosen word stands in its sentence, from 0."""
    assert chosen.choices is not None
    return chosen.choices.words.index(chosen.words[0])


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
    words: list[tuple[Words, Words]] = []  # chosen, and among which of the sentence
    row_labels: list[Label] = []
    for role, wanted, table in (
        (QUERY, inspector.query, Q),
        (KEY, inspector.key, K),
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
        words.append((cell, listed))
        rows.append(step(f"{role}_row", Lookup(cell, listed, table, strict=False)))
        row_labels.append(WordCell(cell, 0))
    rows.append(step("Products", rows[0] * rows[1]))
    row_labels.append(page.story.interface["product"])
    table_step = step("Inspector", Joined("rows", rows))
    columns = labels(Q.column_labels, Q.columns)
    total = step("Dot_product", Reduction("sum", "row", rows[2]))
    said = step("Inspected", _said(page.story.texts["inspector"], words, total))
    width = table_step.columns  # the sentence stands under the table, the sum at its right
    return [
        Block(table_step, tuple(row_labels), columns, column.caption, "scores"),
        Block(said, attached=True, gap=-width, row_offset=3),
        page.story.beside(total, page.story.interface["sum"], row_offset=2, gap=width - 1),
    ]


def _said(texts: Mapping[str, str], words: Sequence[tuple[Words, Words]], total: Matrix) -> Matrix:
    """What the inspector finds, or in words that a sentence has no such word."""
    said: Matrix = _around(texts["product"], *(cell for cell, _ in words), total)
    for cell, listed in reversed(words):
        missing = _around(texts["missing"], cell)
        said = Elementwise("where", Reduction("sum", "all", cell.equal(listed)) > 0, said, missing)
    return said


def _around(template: str, *operands: Matrix) -> JoinedText:
    """A text of the language with operands in its places."""
    parts: list[Matrix] = []
    for index, text in enumerate(template.split("{}")):
        parts += [operands[index - 1]] if index else []
        parts += [Text(text)] if text else []
    return JoinedText(parts)

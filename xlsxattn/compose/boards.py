"""Products as on a blackboard: left operand, right operand above, product where they meet."""

from __future__ import annotations

import numpy as np

from xlsxattn.compose.contexts import Column
from xlsxattn.compose.story import Story
from xlsxattn.expression import Matrix, Product, Step, Texts, WordList
from xlsxattn.outline import Lane, Mark

#: What the steps of a board are called after the product that they show.
ROWS, COLUMNS, PRODUCT = "_rows", "_columns", "_product"
#: A board shows numbers with so many decimals at most, or the sum would not be read.
MOST_DECIMALS = 3


def operands(
    story: Story, column: Column, name: str, left: Matrix, right: Matrix
) -> tuple[Step, Step]:
    """Both operands once more, (n, d) and (d, m), so that they stand around their product."""
    step = column.context.step(column.head)
    rows = step(name + ROWS, left, left.row_labels, left.column_labels)
    columns = step(name + COLUMNS, right, right.row_labels, right.column_labels)
    for copy in (rows, columns):  # mathematics tells nothing of copies
        story.symbols[copy] = story.mathematics(copy.expression)
    return rows, columns


def lanes(
    story: Story, column: Column, name: str, tones: tuple[str, str, str], decimals: int,
) -> list[Lane]:  # fmt: skip
    """The two lanes of a board for a step that is a product, none for any other.

    The operands may be steps already, if the product reads them; otherwise its numbers stand
    here once more.
    """
    step = story.nodes.get(name + column.tail)
    if not isinstance(step, Step) or not isinstance(step.expression, Product):
        return []
    left, right = step.expression.operands
    met: Step = step
    rows, columns = left, right
    if name + ROWS + column.tail not in story.nodes:
        rows, columns = operands(story, column, name, left, right)
        make = column.context.step(column.head)
        met = make(name + PRODUCT, rows @ columns, step.row_labels, step.column_labels)
    decimals = decimals if decimals <= MOST_DECIMALS else 2
    mark = _mark(met, story.lesson.focus)
    first = story.block(
        rows, caption=story.symbols.get(rows, ""), tone=tones[0], decimals=decimals,
        mark=Mark(row=mark.row),
    )  # fmt: skip
    above = story.block(
        columns, caption=story.symbols.get(columns, ""), tone=tones[1], decimals=decimals,
        mark=Mark(column=mark.column),
    )  # fmt: skip
    product = story.block(
        met,
        caption=story.mathematics(met.expression),
        tone=tones[2],
        decimals=decimals,
        above=above,
        mark=mark,
    )
    product.column_labels = ()
    return [[first], [product]]


def _mark(product: Matrix, focus: str) -> Mark:
    """The cell that is worked out: in the row of the lesson's word, the largest number there.

    Not that of a word with itself, which tells nothing new.
    """
    labels = product.row_labels
    words = labels.words if isinstance(labels, WordList) else ()
    if isinstance(labels, Texts):
        words = labels.texts
    row = words.index(focus) if focus in words else min(1, product.rows - 1)
    sizes = np.abs(product.value[row])
    if labels is not None and labels == product.column_labels and len(sizes) > 1:
        sizes[row] = -1
    return Mark(row, int(sizes.argmax()))

"""Names of rows that a lesson leaves open, taken from what the matrix is multiplied with."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxattn.compose.story import Story
from xlsxattn.expression import (
    Input,
    Joined,
    Labels,
    Matrix,
    Product,
    Recurrence,
    Step,
    Texts,
    postorder,
)
from xlsxattn.outline import labels


def name_rows(story: Story) -> None:
    """Label the rows of inputs on the page as the columns that they are multiplied with.

    Only what is shown changes: notation knows the labels that a lesson gives.
    """
    named: dict[Matrix, Labels] = {}
    for node in story.nodes.values():
        if isinstance(node, Step):
            for part in postorder(node.expression, until=lambda n: n.placed):
                for right, across in _multiplied(part, story):
                    if isinstance(right, Input) and right.row_labels is None:
                        named.setdefault(right, across)
    hidden = story.nodes.get("W_score")
    if hidden is not None and hidden.row_labels is None:
        named[hidden] = _counted(story.interface["unit"], hidden.rows)
    for node, across in named.items():
        spot = story.spot(node)
        if spot is not None and not spot.block.attached:
            spot.block.row_labels = labels(across, node.rows)


def _multiplied(part: Matrix, story: Story) -> Iterator[tuple[Matrix, Labels]]:
    """The right operands of products, each with the labels of the columns at its left."""
    if isinstance(part, Product):
        left, right = part.operands
        across = left.column_labels or _of_heads(left, story)
        if across is not None:
            yield right, across
    elif isinstance(part, Recurrence):
        words, states, read = part.operands[:3]
        own = states.column_labels if states.rows == states.columns else None
        yield states, own or _counted(story.interface["state"], states.rows)
        if words.column_labels is not None:
            yield read, words.column_labels


def _counted(name: str, count: int) -> Texts:
    return Texts.of(name.format(number + 1) for number in range(count))


def _of_heads(node: Matrix, story: Story) -> Labels | None:
    """The columns of heads side by side: each by its head, and its number there."""
    joined = node.expression if isinstance(node, Step) else node
    if not isinstance(joined, Joined) or joined.direction != "columns":
        return None
    named = [
        f"{story.interface['head'].format(head)} · {column + 1}"
        for head, part in enumerate(joined.operands, 1)
        for column in range(part.columns)
    ]
    return Texts.of(named)

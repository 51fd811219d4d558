"""From which steps of a sheet the numbers of another one come: ``← ②``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlsxattn.expression import Joined, Matrix, Step, postorder
from xlsxattn.layout.numbering import circled
from xlsxattn.outline import Band, Block, Lane

#: Of more origins than these nothing is said.
MOST_ORIGINS = 3


class Origins:
    """What the headings of a sheet read of each other, by their numbers."""

    def __init__(self, bands: Sequence[Band]) -> None:
        self._of: dict[Matrix, int] = {}
        self._read: dict[int, set[Matrix]] = {}
        for number, node in _counted(bands):
            if node not in self._of:
                self._of[node] = number
                if isinstance(node, Step):
                    self._read.setdefault(number, set()).update(_operands(node))
        self._silent = set(_with_gradients(bands))

    def of(self, number: int) -> str:
        """An arrow from the numbers of the headings that one reads; nothing where there are none.

        Of one whose numbers come from above and from below nothing is said.
        """
        read = self._read.get(number, set())
        numbers = sorted({self._of[node] for node in read if node in self._of} - {0})
        numbers = [one for one in numbers if one < number]
        if number in self._silent or not 0 < len(numbers) <= MOST_ORIGINS:
            return ""
        return "← " + " ".join(map(circled, numbers))


def _counted(bands: Sequence[Band]) -> Iterator[tuple[int, Matrix]]:
    """What stands under each heading; bands without a title belong to the one before them."""
    number = 0
    for band in bands:
        number += bool(band.title)
        for index, lane in enumerate(band.lanes):
            if band.second is not None and band.second.numbered and index == band.second.lane:
                number += 1
            yield from ((number, node) for node in _nodes(lane))


def _with_gradients(bands: Sequence[Band]) -> Iterator[int]:
    """The numbers of bands with a second heading that is no step of its own."""
    number = 0
    for band in bands:
        number += bool(band.title)
        if band.second is not None:
            number += band.second.numbered
            if not band.second.numbered:
                yield number


def _operands(step: Step) -> Iterator[Matrix]:
    """The placed nodes that the formulas of a step read."""
    if step.expression.placed:
        yield step.expression
    for node in postorder(step.expression, until=lambda n: n.placed):
        yield from (operand for operand in node.operands if operand.placed)


def _nodes(lane: Lane) -> Iterator[Matrix]:
    """What stands in a lane: its blocks and those above them, and the steps of a table."""
    for block in lane:
        if isinstance(block, Block):
            yield block.node
            if block.above is not None:
                yield block.above.node
            if isinstance(block.node, Step) and isinstance(block.node.expression, Joined):
                yield from block.node.expression.operands

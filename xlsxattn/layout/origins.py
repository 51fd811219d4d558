"""From which bands of a sheet the numbers of another one come: ``← ②``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlsxattn.expression import Joined, Matrix, Step, postorder
from xlsxattn.layout.headings import circled
from xlsxattn.outline import Band, Block

#: Of more origins than these nothing is said.
MOST_ORIGINS = 3


class Origins:
    """The numbers of the bands of a sheet, and what each of them reads."""

    def __init__(self, bands: Sequence[Band]) -> None:
        self._numbers: dict[int, int] = {}  # by the identity of a band
        self._of: dict[Matrix, int] = {}
        self._read: dict[int, set[Matrix]] = {}
        number = 0
        for band in bands:
            number += bool(band.title)
            self._numbers[id(band)] = number
            for node in [node for node in _nodes(band) if node not in self._of]:
                self._of[node] = number
                if isinstance(node, Step):
                    self._read.setdefault(number, set()).update(_operands(node))

    def of(self, band: Band) -> str:
        """An arrow from the numbers of the bands that one reads; nothing where there are none.

        Bands without a title belong to the one before them. Of one with a second title, whose
        numbers come from above and from below, nothing is said.
        """
        number = self._numbers[id(band)]
        read = self._read.get(number, set())
        numbers = sorted({self._of[node] for node in read if node in self._of} - {0})
        numbers = [one for one in numbers if one < number]
        if band.second is not None or not 0 < len(numbers) <= MOST_ORIGINS:
            return ""
        return "← " + " ".join(map(circled, numbers))


def _operands(step: Step) -> Iterator[Matrix]:
    """The placed nodes that the formulas of a step read."""
    if step.expression.placed:
        yield step.expression
    for node in postorder(step.expression, until=lambda n: n.placed):
        yield from (operand for operand in node.operands if operand.placed)


def _nodes(band: Band) -> Iterator[Matrix]:
    """What stands in a band: its blocks and those above them, and the steps of a table."""
    for lane in band.lanes:
        for block in lane:
            if isinstance(block, Block):
                yield block.node
                if block.above is not None:
                    yield block.above.node
                if isinstance(block.node, Step) and isinstance(block.node.expression, Joined):
                    yield from block.node.expression.operands

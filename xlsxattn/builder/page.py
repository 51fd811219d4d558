"""A page while it is told: named nodes, and the bands of blocks in which they stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import Any

from xlsxattn.errors import ContentError
from xlsxattn.expression import Matrix, WordList
from xlsxattn.expression.mathematics import mathematics
from xlsxattn.labels import label_text, labels, sentence
from xlsxattn.named_attention import is_masked
from xlsxattn.outline import Band, Block, Claim, Lane, Setting, SheetPlan
from xlsxattn.texts import texts

MAX_MATHEMATICS = 48  # characters that stand beside the title of a heading


@dataclass
class Spot:
    """Where a node stands: its block, in a lane of a band."""

    band: Band
    lane: Lane
    block: Block


class Page:
    """Named nodes, bands, settings and claims, in reading order."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.texts = texts(language)
        self.interface: dict[str, str] = self.texts["interface"]
        self.nodes: dict[str, Matrix] = {}
        self.bands: list[Band] = []
        self.settings: list[Setting] = []
        self.claims: list[Claim] = []
        self.plans: dict[str, SheetPlan] = {}
        #: What mathematics calls the parts that steps are cut into.
        self.symbols: dict[Matrix, str] = {}
        self._spots: dict[Matrix, Spot] = {}
        self._lowered: dict[str, str] = {}  # the names of nodes by their small letters
        self._counted = 0  # how many of them are in there

    # --- names ---

    def keep(self, node: Matrix) -> None:
        """Remember a node under its name."""
        if taken := self.taken(node.name):
            by = "" if taken == node.name else f" by {taken}"
            raise ContentError(f"{node.name}: expected a new name, got one that is taken{by}")
        self.nodes[node.name] = node

    def taken(self, name: str) -> str:
        """The name that stands in the way of another: capitals make no difference to Excel."""
        for other in islice(self.nodes, self._counted, None):  # those that are new since then
            self._lowered.setdefault(other.lower(), other)
        self._counted = len(self.nodes)
        return self._lowered.get(name.lower(), "")

    def has(self, node: Matrix) -> bool:
        return self.nodes.get(node.name) is node

    def free(self, name: str) -> str:
        """The name, with a number where it is taken."""
        free, number = name, 2
        while self.taken(free):
            free, number = f"{name}{number}", number + 1
        return free

    # --- places ---

    def block(self, node: Matrix, header: str = "", **options: Any) -> Block:
        """A block with the labels of its node; one column without any is headed ``header``."""
        across = labels(node.column_labels, node.columns)
        if header and not across and node.columns == 1:
            across = (header,)
        options.setdefault("masked", is_masked(node))
        return Block(node, labels(node.row_labels, node.rows), across, **options)

    def spot(self, node: Matrix) -> Spot | None:
        """Where a node stands as a block of its own, if it does."""
        if node not in self._spots:
            for band in self.bands:
                for lane in band.lanes:
                    for block in lane:
                        if isinstance(block, Block) and block.node not in self._spots:
                            self._spots[block.node] = Spot(band, lane, block)
        return self._spots.get(node)

    def move(self, band: Band, host: Band) -> None:
        """What stood in a band stands in another one, which has its lanes."""
        for spot in self._spots.values():
            if spot.band is band:
                spot.band = host

    def put(
        self, key: str, title: str, note: str, written: str, block: Block,
        next_to: Spot | None = None, sheet: str = "",
    ) -> None:  # fmt: skip
        """Put a block under a heading of its own, or next to one that has a heading."""
        if next_to is None:
            band = Band(key, title, note, written, [[block]], block.tone, sheet=sheet)
            self.bands.append(band)
        else:
            band = next_to.band
            _, parted, whose = band.title.rpartition(" · ")  # said once, in the heading
            caption = title.removesuffix(parted + whose)
            block.caption = "" if block.column_labels == (title,) else caption
            band.lanes.append([block])
            add_to(band, note, written)
        self._spots[block.node] = Spot(band, band.lanes[-1], block)

    def attach(self, block: Block, spot: Spot) -> None:
        """Put a block right at the cells of the blocks that stand in a lane."""
        block.attached, block.row_labels = True, ()
        spot.lane.append(block)
        self._spots[block.node] = Spot(spot.band, spot.lane, block)

    def attach_under(self, block: Block, spot: Spot) -> None:
        """Put a row right under the first block of a lane, column under column."""
        under = [b for b in spot.lane if isinstance(b, Block) and b.gap < 0]
        block.attached, block.gap = True, -block.node.columns
        block.row_offset = spot.block.node.rows + len(under)
        spot.lane.insert(1 + len(under), block)
        self._spots[block.node] = Spot(spot.band, spot.lane, block)

    def stand_somewhere(self, words: WordList) -> bool:
        """Whether words are a block, or label the rows of one, where they are typed."""
        return any(
            isinstance(block, Block)
            and (block.node is words or (block.row_labels and block.node.row_labels is words))
            for band in self.bands
            for lane in band.lanes
            for block in lane
        )

    def mathematics(
        self,
        expression: Matrix,
        longest: int = MAX_MATHEMATICS,
        expanded: Collection[Matrix] = (),
    ) -> str:
        """An expression as a line of mathematics, empty where it would be longer."""
        return mathematics(expression, self.symbols, longest, expanded)


def add_to(band: Band, note: str, written: str) -> None:
    """Another sentence under a heading, and more mathematics where there is room."""
    band.note = label_text(sentence(band.note, note))
    both = ", ".join(text for text in (band.mathematics, written) if text)
    if len(both) <= MAX_MATHEMATICS:
        band.mathematics = both

"""Parts of expressions as steps of their own, each in its place on the page.

A part of the step ``Attention`` is ``Attention_Exponentials``, under a heading of its own
before the step that uses it; a sum of rows of a matrix X is ``X_RowSum``, a column beside X.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from xlsxattn.builder.page import Page
from xlsxattn.builder.parts import Cutter, Place
from xlsxattn.builder.whose import Whose
from xlsxattn.errors import naming
from xlsxattn.expression import (
    REDUCTIONS,
    Continued,
    Elementwise,
    Input,
    Joined,
    Lookup,
    Lstm,
    Matrix,
    Product,
    Recurrence,
    Reduction,
    Slice,
    Step,
    Texts,
    Transpose,
    is_comparison,
    postorder,
    seen_rows,
)
from xlsxattn.expression.mathematics import relu_argument, softmax_argument
from xlsxattn.outline import Block

#: What a part is called, after the step that it is a part of.
KINDS = {
    "add": "Sum", "subtract": "Difference", "multiply": "Product", "divide": "Quotient",
    "exp": "Exponentials", "ln": "Logarithms", "sqrt": "Roots", "abs": "Absolute",
}  # fmt: skip
STRUCTURES: dict[type[Matrix], str] = {
    Product: "Product", Transpose: "Transposed", Joined: "Joined", Lookup: "Rows", Slice: "Slice",
    Input: "Selector", Recurrence: "States", Lstm: "States",
}  # fmt: skip
#: What stands for a table of parts where there is no room for them.
LISTS = {"rows": "[…; …]", "columns": "[…, …]"}
#: What the texts of a language call a reduction, where that is not its own name.
WORDS_FOR = {"max": "maximum", "min": "minimum"}
#: The tones of the parts of attention, whatever that of its step is.
OWN_TONES = {"Mask": "neutral"} | dict.fromkeys(
    ("Scores", "Scaled", "Masked", "Exponentials", "Attention"), "scores"
)
#: In mathematics, the columns that a head has: ``Q[:, 0:3]`` is its first share, Q₁.
_SHARE = re.compile(r"\[:, (\d+):(\d+)\]")
BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
TOTALS = {"sum": "Total", "max": "Maximum", "min": "Minimum", "mean": "Mean"}


@dataclass(frozen=True)
class Manner:
    """How the parts of a step look: as the step itself.

    Those of a use of a block are called after ``stem`` and ``whose``, not after the full name.
    """

    name: str
    title: str
    tone: str = "neutral"
    decimals: int = 2
    sheet: str = ""
    stem: str = ""
    whose: Whose | None = None


class CuttingPage(Page):
    """A page whose expressions are cut into what one cell's formula can hold."""

    def __init__(self, language: str, form: str = "auto") -> None:
        super().__init__(language)
        self.form = form  # of the formulas: one of ``formula.forms.FORMS``
        self._reductions: dict[tuple[str, str, Matrix], Step] = {}
        self._logits: set[Matrix] = set()
        self._exponentials: dict[Matrix, str] = {}  # of attention: with their head
        self._masking: dict[Matrix, Matrix] = {}  # masks of attention: what they are to hide
        self._cutter = Cutter()
        self._written: set[Matrix] = set()  # the steps that follow from written rows
        self._looked_at = 0  # how many nodes were asked whether they do

    def cut(self, manner: Manner, expression: Matrix) -> Matrix:
        """The expression in terms of what is placed; its parts are placed on the way."""
        for node in list(self.leaves(expression)):
            if isinstance(node, Input) and not node.name:
                self._place_selector(manner, node)
        written = self.follows_written(expression)
        if written:
            expression = seen_rows(expression)
        for node in self._cutter.unplaced(expression):
            argument = softmax_argument(node)
            if argument is not None:
                self._logits.add(argument)
            if node.part.startswith("Attention"):
                head = node.part.removeprefix("Attention")
                self._exponentials[node.operands[0]] = f"Exponentials{head}"
            if node.part.startswith("Masked"):
                condition, scores, *_ = node.operands
                self._masking.update((o, scores) for o in condition.operands if o.part == "Mask")
        with naming(manner.name):
            by_arrays = written and self.form == "arrays"
            return self._cutter.cut(manner.name, expression, self._placer(manner), by_arrays)

    def follows_written(self, expression: Matrix) -> bool:
        """Whether an expression is computed from rows that are written one after another."""
        for node in islice(self.nodes.values(), self._looked_at, None):  # new since then
            if isinstance(node, Step):
                own = node.expression
                if isinstance(own, Continued) or not self._written.isdisjoint(placed_in(own)):
                    self._written.add(node)
        self._looked_at = len(self.nodes)
        return not self._written.isdisjoint(placed_in(expression))

    def known(self) -> Iterator[Matrix]:
        """Every expression that was cut, as it was written and as it became, and live labels."""
        yield from self._cutter.made.keys()
        yield from self._cutter.made.values()
        for node in self.nodes.values():
            if isinstance(node.row_labels, Texts):
                yield from filter(None, node.row_labels.nodes)

    def leaves(self, expression: Matrix) -> Iterator[Matrix]:
        """The placed nodes that an expression is made of."""
        if expression.placed:
            yield expression
        for node in self._cutter.unplaced(expression):
            yield from (o for o in node.operands if o.placed)

    def remember(self, formula: Matrix, step: Step) -> None:
        """A reduction is placed once, whoever asks for it again."""
        if isinstance(formula, Reduction):
            key = formula.operation, formula.axis, formula.operands[0]
            self._reductions.setdefault(key, step)

    def _placer(self, manner: Manner) -> Place:
        def place(node: Matrix, written: Matrix) -> Matrix:
            if isinstance(node, Reduction):
                known = self._reductions.get((node.operation, node.axis, node.operands[0]))
                return known or self._place_reduction(manner, node)
            return self._place_part(manner, node, written)

        return place

    def _place_part(self, manner: Manner, node: Matrix, before: Matrix) -> Step:
        """A part under a heading of its own, before the step that uses it."""
        known = before.part
        if manner.whose is not None:
            known = known or self._exponentials.get(before, "")
        kind, standard, head = known or _kind(node), "Part", ""
        if known:
            standard, _, head = known.partition("_head")
        elif before in self._logits:
            kind = standard = "Logits"
        elif softmax_argument(before) is not None:
            standard = "Exponentials"
        scores = self._masking.get(before, node)  # whose labels a mask has
        name = self._part_name(manner, kind, bool(known))
        step = Step(name, node, scores.row_labels, scores.column_labels)
        symbol = LISTS[node.direction] if isinstance(node, Joined) else kind
        self._keep_part(step, symbol)
        usual = self.texts["steps"].get(standard) or self.texts["steps"]["Part"]
        if manner.whose is not None and head:
            usual = self.texts["steps"].get(f"{standard}_head", usual)
        title = self._heading(manner, usual["title"], head, standard != "Part")
        if manner.whose is None and (before.part or standard == "Part"):
            title = self._part_title(manner, title)
        header = self.mathematics(node, 12) or symbol
        heat = manner.whose is not None and standard == "Attention"
        of_attention = bool(before.part) or before in self._exponentials
        tone = OWN_TONES.get(standard, manner.tone) if of_attention else manner.tone
        decimals = 0 if standard == "Mask" else manner.decimals
        block = self.block(step, header, tone=tone, decimals=decimals, heat=heat)
        whole = before if isinstance(node, Joined) else node  # its parts are lists, as it is
        written = self.mathematics(whole) or self.mathematics(node)
        if head:
            written = _SHARE.sub(_share, written)
        self.put(step.name, title, usual["note"], written, block, None, manner.sheet)
        return step

    def _place_selector(self, manner: Manner, node: Input) -> None:
        """The ones and zeros by which a gradient puts a part back into its place."""
        node.name = self._part_name(manner, _kind(node))
        self._keep_part(node, _kind(node))
        usual = self.texts["steps"]["Part"]
        block = self.block(node, _kind(node), decimals=0)
        title = self._part_title(manner, usual["title"])
        self.put(node.name, title, usual["note"], "1, 0", block, None, manner.sheet)

    def _place_reduction(self, manner: Manner, node: Reduction) -> Step:
        """A sum, maximum or mean beside what it is taken of: at its right, or under it."""
        of = node.operands[0]
        kind = TOTALS.get(node.operation, node.operation.capitalize())
        if node.axis != "all":
            kind = f"{node.axis.capitalize()}{node.operation.capitalize()}"
        symbol = self.interface.get(
            WORDS_FOR.get(node.operation, node.operation), REDUCTIONS[node.operation].symbol
        )
        step = Step(self._reduction_name(manner, of, kind), node)
        self._keep_part(step, symbol if node.axis != "all" else self.mathematics(node) or kind)
        self.remember(node, step)
        spot = self.spot(of)
        if node.axis == "all" and spot is None:
            spots = (self.spot(leaf) for leaf in self.leaves(of))
            spot = next((found for found in spots if found is not None), None)
        decimals = spot.block.decimals if spot is not None else manner.decimals
        if node.axis == "all":
            symbol = self.mathematics(node, 10) or symbol
        if spot is not None and node.axis != "column":
            self.attach(Block(step, (), (symbol,), decimals=decimals), spot)
        elif spot is not None and spot.lane[0] is spot.block:
            self.attach_under(Block(step, (symbol,), decimals=decimals), spot)
        else:
            usual = self.texts["steps"]["Part"]
            block = self.block(step, symbol, tone=manner.tone, decimals=decimals)
            title = self._part_title(manner, symbol)
            written = self.mathematics(node)
            self.put(step.name, title, usual["note"], written, block, None, manner.sheet)
        return step

    def _part_name(self, manner: Manner, kind: str, usual: bool = False) -> str:
        """What a part is called; one of a ``usual`` kind in a use of a block, by that alone."""
        if manner.whose is None:
            return self.free(f"{manner.name}_{kind}")
        names = manner.whose.part_names(manner.stem, kind, usual)
        return next(name for name in names if not self.taken(name))

    def _reduction_name(self, manner: Manner, of: Matrix, kind: str) -> str:
        if manner.whose is None:
            return self.free(f"{of.name if of.placed else manner.name}_{kind}")
        if not of.placed:
            return self._part_name(manner, kind)
        return self.free(manner.whose.part_of(of.name, kind))

    def _heading(self, manner: Manner, title: str, head: str, usual: bool) -> str:
        """The heading of a part: its title and its head, and of which use of a block it is."""
        shown = self.interface["head"].format(head) if head else ""
        if manner.whose is None:
            return " · ".join(text for text in (title, shown) if text)
        whole = manner.whose.heading(title, shown)
        if usual and whole not in {band.title for band in self.bands}:
            return whole
        return self._part_title(manner, title, shown)

    def _part_title(self, manner: Manner, what: str, head: str = "") -> str:
        """A heading that says of which step this is a part, unlike those of its other parts."""
        taken = {band.title for band in self.bands}
        for number in count(1):
            title = f"{manner.title} · {what}" + f" {number}" * (number > 1)
            if manner.whose is not None:
                title = manner.whose.heading(title, head)
            if title not in taken:
                break
        return title

    def _keep_part(self, node: Matrix, symbol: str) -> None:
        """Keep a part under its name, and what mathematics calls it."""
        self.nodes[node.name] = node
        self.symbols[node] = symbol


def placed_in(expression: Matrix) -> Iterator[Matrix]:
    """The placed nodes that an expression reads."""
    if expression.placed:
        yield expression
    for node in postorder(expression, until=lambda node: node.placed):
        yield from (operand for operand in node.operands if operand.placed)


def _share(found: re.Match[str]) -> str:
    """Which share of the columns, from 1, some of them are, as an index."""
    first, after = int(found[1]), int(found[2])
    if first % (after - first):
        return found[0]
    return str(after // (after - first)).translate(BELOW)


def _kind(node: Matrix) -> str:
    """What a part is: the ending of its name."""
    if isinstance(node, Elementwise):
        if is_comparison(node):
            return "Comparison"
        if relu_argument(node) is not None:
            return "Relu"
        return KINDS.get(node.operation, node.operation.capitalize())
    return next((kind for of, kind in STRUCTURES.items() if isinstance(node, of)), "Part")

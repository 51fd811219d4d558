"""How attention is shown: its bands, in reading order, with their mathematics.

Contexts stand side by side; a lesson with one context shows its heads side by side instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxattn import lesson as files
from xlsxattn.builder.page import MAX_MATHEMATICS
from xlsxattn.compose.boards import lanes
from xlsxattn.compose.contexts import Column, Context
from xlsxattn.compose.story import Story
from xlsxattn.expression import Matrix, Step
from xlsxattn.naming import tail_of
from xlsxattn.outline import Lane

TONES = {"Q": "query", "K": "key", "V": "value"}
#: So many heads of one context stand side by side, readable on a printed page.
ABREAST = 2
#: The tones of the operands of a product that is shown as on a blackboard, and its own.
BOARD_TONES = {
    "Q": ("input", "query", "query"),
    "K": ("input", "key", "key"),
    "V": ("input", "value", "value"),
    "Scores": ("query", "key", "scores"),
    "Output": ("scores", "value", "output"),
}
#: How rotary positions turn a pair of columns.
TURNED = "x₁ cos θ − x₂ sin θ,  x₁ sin θ + x₂ cos θ"
SLOPE_DECIMALS = 4  # of a bias by distance: the least slope is 2⁻⁸
#: The mathematics of biases that have a name.
MATHEMATICS = {"alibi": "−2^(−8 head/heads) · |i − j|"}


def heads_of(count: int) -> list[str]:
    """What the names of each head's steps say: nothing where there is one alone."""
    return [f"_head{number + 1}" for number in range(count)] if count > 1 else [""]


@dataclass
class Angles:
    """By how much rotary positions turn some rows of a context, and their divisors (1, d/2)."""

    kind: str
    context: Context
    angles: Matrix  # (n, d/2)
    divisors: Matrix


class AttentionPage:
    """The bands of attention, over the steps that are made of it."""

    def __init__(self, story: Story, place: str, choices: files.Attention, first: bool) -> None:
        self.story, self.choices, self.nodes = story, choices, story.nodes
        self.place, self.first, self.block = place, first, tail_of(choices.name)
        whose = story.text(choices.title) or choices.name.replace("_", " ")
        self.whose = f" · {whose}" if whose else ""
        self.specs = story.lesson.contexts or [files.Context(id="sentence")]
        self.single = len(self.specs) == 1
        self.contexts: list[Context] = []
        self.widths: dict[str, Matrix] = {}
        self.angles: list[Angles] = []
        self.heads = heads_of(choices.heads)
        self.key_heads = heads_of(choices.key_heads or choices.heads)
        listed = choices.intersection
        self.on_board: list[str] = ["Scores"] if listed is True else list(listed or ())
        self.largest = "Scaled" if choices.mask == "off" else "Masked"

    def scores(self, context: Context) -> str:
        """How a context is scored; what it says itself is said of the first attention."""
        return (context.spec.scores if self.first else "") or self.choices.scores

    def key_head(self, head: str) -> str:
        """The key-value head that serves a head: each a group of neighbours."""
        return self.key_heads[self.heads.index(head) * len(self.key_heads) // len(self.heads)]

    def leads(self, head: str) -> bool:
        """Whether a head is the first of those that its key-value head serves."""
        return self.heads.index(head) % (len(self.heads) // len(self.key_heads)) == 0

    def groups(self) -> list[list[Column]]:
        """What stands side by side: two heads of one context, or all contexts of one head."""
        if self.single:
            context = self.contexts[0]
            columns = [Column(context, h, self.caption(h) or context.title) for h in self.heads]
            return [columns[i : i + ABREAST] for i in range(0, len(columns), ABREAST)]
        return [[Column(c, head, c.title) for c in self.contexts] for head in self.heads]

    def lanes(
        self,
        name: str,
        columns: list[Column],
        tone: str = "neutral",
        side: tuple[str, str, int] | None = None,
        **options: Any,
    ) -> list[Lane]:
        """A lane for each column of the page that has a step of that name.

        ``side`` is the step attached at the right: its name, header and decimals.
        """
        options.setdefault("decimals", self.choices.decimals)
        lanes: list[Lane] = []
        for column in columns:
            node = self.nodes.get(name + column.tail)
            if node is None:
                continue
            own = self.head_tone(column.head) if len(columns) > 1 and column.head else tone
            lane: Lane = [self.story.block(node, caption=column.caption, tone=own, **options)]
            if side is not None:
                part = self.nodes[side[0] + column.tail]
                lane.append(self.story.beside(part, side[1], decimals=side[2]))
            lanes.append(lane)
        return lanes

    def caption(self, head: str, kind: str = "head") -> str:
        """What a reader calls a head: "head 1"."""
        return self.story.interface[kind].format(head.removeprefix("_head")) if head else ""

    @staticmethod
    def head_tone(head: str) -> str:
        """The colour that stays with a head."""
        return f"head{(int(head.removeprefix('_head')) - 1) % 4 + 1}"

    def written(self, nodes: Sequence[Matrix], *expanded: str) -> str:
        """The mathematics of steps side by side: one line, or one for each that differs.

        Steps whose names are ``expanded`` are written out where there is room for it.
        """
        steps = [node for node in nodes if isinstance(node, Step)]
        tails = [column.tail for group in self.groups() for column in group]
        known = {self.nodes.get(name + tail) for name in expanded for tail in tails}
        out = {node for node in known if node is not None}
        choices: list[list[str]] = [
            list(dict.fromkeys(
                self.story.mathematics(step.expression, MAX_MATHEMATICS, choice) for step in steps
            ))
            for choice in (out, set[Matrix]())
        ]  # fmt: skip
        for shorten in (False, True):  # of many contexts, the first one
            for lines in choices:
                line = ",  ".join([*lines[:1], "…"] if shorten else lines)
                if steps and all(lines) and len(line) <= MAX_MATHEMATICS:
                    return line
        return ""

    def band(
        self, name: str, columns: list[Column], tone: str = "neutral", *, mathematics: str = "",
        key: str = "", head: str = "", standard: str = "", number: str = "", tail: str = "",
        side: tuple[str, str] | None = None, expanded: Sequence[str] = (),
        lanes: list[Lane] | None = None, **options: Any,
    ) -> None:  # fmt: skip
        """The band of a step in some columns of the page, if it is there.

        ``number`` ends its title, and ``tail`` its heading, after whose attention it is.
        """
        attached = (side[0], side[1], self.choices.decimals) if side else None
        boards = self.board(name, columns)
        if lanes is None:
            lanes = self.lanes(name, columns, tone, attached, **options)
        if boards and self.is_alone():
            lanes = []
        nodes = [self.nodes[name + c.tail] for c in columns if name + c.tail in self.nodes]
        for index, shown in enumerate(one for one in (boards, lanes) if one):
            band = self.story.band(
                (key or name) + self.block + head,
                mathematics or self.written(nodes, *expanded), shown,
                tone, standard=standard or name, tail=number + self.whose + tail,
                sheet=self.choices.sheet,
            )  # fmt: skip
            if index:  # it goes on under the heading of the board
                band.title = band.note = ""

    def board(self, name: str, columns: list[Column]) -> list[Lane]:
        """The lanes of a product as on a blackboard, once for all contexts and heads."""
        if name not in self.on_board or not columns:
            return []
        shown = lanes(self.story, columns[0], name, BOARD_TONES[name], self.choices.decimals)
        if shown:
            self.on_board.remove(name)
        return shown

    def is_alone(self) -> bool:
        """Whether one context and one head are all that there is."""
        return self.single and len(self.heads) == 1

    def show(self, group: list[Column]) -> None:
        """The bands of attention, from Q, K and V to the output, for one group of columns."""
        head = self.alone(group)
        tail = f" · {self.caption(head)}" if head else ""

        def band(name: str, tone: str, **options: Any) -> None:
            key = options.pop("standard", name)
            self.band(name, group, tone, key=key, head=head, standard=key, tail=tail, **options)

        for letter in "QKV":
            self.show_source(letter, group, TONES[letter])
        self.show_rotation(group)
        if any(self.scores(column.context) == "additive" for column in group):
            self.show_additive(group, head, tail)
        band("Scores", "scores", mathematics=self.scores_written(group))
        maximum, total = self.story.interface["maximum"], self.story.interface["sum"]
        largest = ("RowMax", maximum)
        rule = f"Bias_{self.choices.bias}"
        named = self.choices.bias in MATHEMATICS
        self.band("Bias", group, "scores", head=head, tail=tail,
                  decimals=max(self.choices.decimals, SLOPE_DECIMALS * named),
                  standard=rule if rule in self.story.texts["steps"] else "Bias",
                  mathematics=MATHEMATICS.get(self.choices.bias, ""))  # fmt: skip
        band("Scaled", "scores", side=largest if self.largest == "Scaled" else None,
             expanded=["Scores"])  # fmt: skip
        if self.largest == "Masked":
            band("Mask", "neutral", decimals=0, mathematics="1, 0")
            band(
                "Masked", "scores", side=largest, masked=True, mathematics="Mask: 1 → Scaled, 0 → –"
            )
        band("Exponentials", "scores", side=("RowSum", total))
        band("Attention", "scores", side=("Attention_sum", total), heat=True,
             expanded=["Scaled", "Scores"])  # fmt: skip
        band("Attended", "output")
        band("Output", "output", heat=True,
             standard="Output_head" if len(self.heads) > 1 else "Output")  # fmt: skip

    def scores_written(self, group: list[Column]) -> str:
        """The mathematics of the scores; of additive ones, whose formula is long, in short."""
        kinds = {self.scores(column.context): column for column in group}
        if "additive" not in kinds:
            return ""
        others = [c for kind, c in kinds.items() if kind != "additive"]
        lines = [self.written([self.nodes["Scores" + column.tail]]) for column in others]
        return ",  ".join([*lines, "tanh(q + k) · W_score"])

    def alone(self, group: list[Column]) -> str:
        """The head that a group is of, where it is of one among several."""
        return group[0].head if len(self.heads) > 1 and len({c.head for c in group}) == 1 else ""

    def show_source(self, name: str, group: list[Column], tone: str, mathematics: str = "") -> None:
        """The bands of Q, K or V where they are steps: what heads share, then each head's own."""
        if len(self.heads) > 1 and group[0].head == self.heads[0]:
            self.band(name, self.whole(), tone, mathematics=mathematics)
        head, kind = self.alone(group), "head"
        if name[0] != "Q" and len(self.key_heads) < len(self.heads):
            if not self.leads(group[0].head) or len(self.key_heads) == 1:
                return
            own = [self.key_head(column.head) for column in group]
            group = [
                Column(
                    column.context,
                    key_head,
                    column.caption if head else self.caption(key_head, "key_head"),
                )
                for column, key_head in zip(group, own, strict=True)
                if self.leads(column.head)
            ]
            head, kind = head and group[0].head, "key_head"
        tail = f" · {self.caption(head, kind)}" if head else ""
        self.band(name, group, tone, head=head, tail=tail, mathematics=mathematics)

    def whole(self) -> list[Column]:
        """A column for each context, all heads together."""
        return [Column(context, "", context.title) for context in self.contexts]

    def show_rotation(self, group: list[Column]) -> None:
        """Rotary positions: the angles once, then each head's queries and keys, turned."""
        if self.angles and group[0].head == self.heads[0]:
            divisors = dict.fromkeys(one.divisors for one in self.angles)
            lanes: list[Lane] = [[self.story.block(one, decimals=0)] for one in divisors]
            self.band("Divisors", [], lanes=lanes, mathematics="10000^(2i/d)")
            for kind in dict.fromkeys(one.kind for one in self.angles):
                lanes = [
                    [self.story.block(one.angles, caption=one.context.title)]
                    for one in self.angles
                    if one.kind == kind
                ]
                self.band(kind, [], lanes=lanes, standard="Angles", mathematics="θ = pos / divisor")
        for name, tone in (("Q_rotated", "query"), ("K_rotated", "key")):
            self.show_source(name, group, tone, TURNED.replace("x", name[0].lower()))

    def show_additive(self, group: list[Column], head: str, tail: str) -> None:
        for name in ("Query_part", "Key_part"):
            self.band(name, group, "scores", head=head, tail=tail)
        unit = 1
        while any(f"Hidden_unit{unit}{column.tail}" in self.nodes for column in group):
            name = f"Hidden_unit{unit}"
            self.band(name, group, "scores", head=head, standard="Hidden",
                      tail=tail, number=f" {unit}", mathematics="tanh(q + k)")  # fmt: skip
            unit += 1

    def show_widths(self) -> None:
        lanes: list[Lane] = [
            [self.story.block(width, decimals=0, caption=width.name)]
            for width in dict.fromkeys(self.widths.values())
        ]
        self.band("d_k", [], lanes=lanes)

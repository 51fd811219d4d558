"""What the formulas of some steps may call, and what the steps are called in the workbook."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.builder import Look
from xlsxattn.builder.whose import Whose
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import Matrix

#: What a step says of itself where it says nothing.
USUAL = files.Step(name="")


class Scope:
    """The lesson's own steps: they are called what they say, and may call everything."""

    def __init__(self, story: Story, place: str = "steps") -> None:
        self.story, self.place = story, place

    def name(self, own: str) -> str:
        """The name in the workbook."""
        return own

    def look(self, spec: files.Step, look: Look) -> Look:
        """How a step looks, which one has said itself."""
        return look

    def read(self, formula: str, place: str) -> Matrix:
        return self.story.read(formula, place)

    def earlier(self, name: str, place: str) -> Matrix | None:
        """The earlier step or input of a name, which has a place; None for no name."""
        return self.story.earlier(name, place)

    def keep(self, own: str, node: Matrix) -> None:
        """Remember a node for later formulas."""


class UseScope(Scope):
    """The steps of one use of a block, in one context: they may call what the block declares."""

    def __init__(
        self, story: Story, place: str, whose: Whose, known: dict[str, Matrix], sheet: str
    ) -> None:
        super().__init__(story, place)
        self.whose, self.sheet, self.known = whose, sheet, known
        self.called: set[str] = set()

    def name(self, own: str) -> str:
        return self.whose.named(own)

    def look(self, spec: files.Step, look: Look) -> Look:
        return replace(look, stem=spec.name, whose=self.whose, sheet=self.sheet)

    def resolve(self, name: str) -> Matrix | None:
        """What the block declares, an earlier step, or a part of one: ``Scores_head1``."""
        self.called.add(name)
        return self.known.get(name) or self.story.nodes.get(self.whose.named(name))

    def read(self, formula: str, place: str) -> Matrix:
        names: Collection[str] = self.known
        with within(place):
            expression = notation.read(formula, self.resolve, known=names)
            self.story.check_words(expression, formula)
            return expression

    def earlier(self, name: str, place: str) -> Matrix | None:
        if not name:
            return None
        node = self.resolve(name)
        if node is None or self.story.spot(node) is None:
            raise LessonError(f"{place}: expected the name of an earlier step, got {name!r}")
        return node

    def keep(self, own: str, node: Matrix) -> None:
        self.known[own] = node


@dataclass(frozen=True)
class Result:
    """The result of a use: its name, and the step of the lesson that says how it looks.

    ``folded`` is its heading where its steps are on a sheet of their own; ``page`` is the sheet
    on which it stands.
    """

    name: str
    step: files.Step
    folded: str
    page: str


class ResultScope(UseScope):
    """The last step of a block, which a use calls by its own name."""

    def __init__(self, inside: UseScope, result: Result) -> None:
        super().__init__(inside.story, inside.place, inside.whose, inside.known, inside.sheet)
        self.called, self.result = inside.called, result

    def name(self, own: str) -> str:
        return self.result.name

    def look(self, spec: files.Step, look: Look) -> Look:
        """As the use says, and where it says nothing, as the block does."""
        look, said, result = super().look(spec, look), self.result.step, self.result
        note, written = self.story.text(said.note), self.story.text(said.mathematics)
        if result.folded:
            block = self.story.lesson.blocks[said.use]
            note = note or self.story.text(block.note)
            names = [said.given] if isinstance(said.given, str) else said.given.values()
            title = self.story.text(block.title) or said.use
            written = written or f"{title} ({', '.join(names)})"
        return replace(
            look, sheet=result.page, parts_sheet=self.sheet, heading=result.folded,
            link=self.sheet if self.sheet != result.page else "",
            note=note or look.note, written=written or look.written, tone=said.tone or look.tone,
            decimals=look.decimals if said.decimals == USUAL.decimals else said.decimals,
            heat=said.heat or look.heat, signed=said.signed or look.signed,
        )  # fmt: skip

"""Uses of blocks: their steps, in each context that they are given."""

from __future__ import annotations

from dataclasses import replace

from xlsxattn import lesson as files
from xlsxattn.builder.whose import Whose
from xlsxattn.compose.inputs import add_input
from xlsxattn.compose.scope import Result, ResultScope, UseScope
from xlsxattn.compose.side_by_side import contexts_side_by_side, heads_side_by_side
from xlsxattn.compose.steps import tell_step
from xlsxattn.compose.story import Story
from xlsxattn.compose.use_weights import UseWeights, plain_value
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import Input, Matrix, Number
from xlsxattn.lesson.blocks import Use
from xlsxattn.notation.read import meant

#: The matrices that a use is given, by the names of its block's parameters.
Given = dict[str, Matrix]


def tell_use(story: Story, spec: files.Step) -> None:
    """A step that uses a block, for every context that has what it is given."""
    teller = UseTeller(story, Use(spec, story.lesson.blocks[spec.use]), sheet=spec.sheet)
    with story.telling(spec.name):
        start, groups, tails = len(story.bands), [], []
        for tail, given in _given(story, spec, teller.use.block).items():
            teller.tell(given, tail)
            groups.append(story.bands[start:])
            tails.append(tail)
            del story.bands[start:]
        if len(groups) > 1:
            titles = {f"_{one.id}": story.text(one.title) for one in story.lesson.contexts}
            story.bands += contexts_side_by_side(
                story, groups, tails, [titles[tail] for tail in tails]
            )
        else:
            story.bands += heads_side_by_side(story, groups[0])


def _given(story: Story, spec: files.Step, block: files.Block) -> dict[str, Given]:
    """What a use is given in each context, by the end of its names; LessonError for nothing."""
    names = names_given(spec, block)
    ids = [context.id for context in story.lesson.contexts]
    found: dict[str, Given] = {}
    for tail in [f"_{id_}" for id_ in ids] if len(ids) > 1 else []:
        given = {p: story.nodes.get(n + tail) or story.nodes.get(n) for p, n in names.items()}
        if any(n + tail in story.nodes for n in names.values()):
            found[tail] = {p: node for p, node in given.items() if node is not None}
    if any(len(given) < len(names) for given in found.values()) or not found:
        missing = [n for n in names.values() if n not in story.nodes]
        if missing:
            raise LessonError(
                f"steps.{spec.name}.from: expected the name of an input or an earlier step, got "
                f"{missing[0]!r}{meant(missing[0], story.nodes)}"
            )
        return {"": {p: story.nodes[n] for p, n in names.items()}}
    return found


def names_given(spec: files.Step, block: files.Block) -> dict[str, str]:
    """The names that a use gives, by parameter."""
    return {block.parameters[0]: spec.given} if isinstance(spec.given, str) else spec.given


class UseTeller:
    """Tells one use: its weights once, its steps in one context after another."""

    def __init__(self, story: Story, use: Use, title: str = "", sheet: str = "") -> None:
        self.story, self.use, self.block = story, use, use.block
        self.place = "steps." + ".".join(step.name for step in use.steps)
        label = story.text(use.step.title) or use.step.name.replace("_", " ")
        self.title = " · ".join(text for text in (title, label) if text)
        self.page = sheet  # where the result stands: the page itself, or the sheet of an outer use
        self.sheet = sheet or (self._own_sheet() if use.step.folded else "")
        self.common: dict[str, Matrix] | None = None
        self.inner: dict[str, UseTeller] = {}

    def _own_sheet(self) -> str:
        """A sheet for the steps of a folded use, which no band stands on yet."""
        taken = {band.sheet for band in self.story.bands}
        return self.title if self.title not in taken else self.use.step.name

    def tell(self, given: Given, context: str, result: Result | None = None) -> Matrix:
        """The steps of the use in one context; its result, which may be that of an outer use."""
        with within(self.place):
            known = {**given, **self._common(given)}
        whose = Whose(self.use.tail, context, self.title)
        scope = UseScope(self.story, f"blocks.{self.use.step.use}.steps", whose, known, self.sheet)
        *steps, last = self.block.steps
        for spec in steps:
            with within(f"{self.place}.{spec.name}"):
                self._tell_one(spec, scope, context)
        if result is None:
            outer = replace(whose, block=self.use.outer_tail)
            folded = self.title if self.sheet and not self.page else ""
            result = Result(outer.named(self.use.step.name), self.use.step, folded, self.page)
        with within(f"{self.place}.{last.name}"):
            self._tell_one(last, ResultScope(scope, result), context, result)
        self._require_called(scope)
        found = self.story.nodes[result.name]
        self.story.symbols[found] = result.step.name
        return found

    def _tell_one(
        self, spec: files.Step, scope: UseScope, context: str, result: Result | None = None
    ) -> None:
        """A step of the block, or a use inside it."""
        if not spec.use:
            tell_step(self.story, spec, scope)
            return
        if spec.name not in self.inner:
            use = Use(spec, self.story.lesson.blocks[spec.use], self.use.steps)
            self.inner[spec.name] = UseTeller(self.story, use, self.title, self.sheet)
        inner = self.inner[spec.name]
        given: Given = {}
        for parameter, name in names_given(spec, inner.block).items():
            node = scope.resolve(name)
            if node is None:
                place = f"{self.place}.{spec.name}.from"
                raise LessonError(
                    f"{place}: expected a parameter or an earlier step, got {name!r}"
                    f"{meant(name, scope.known)}"
                )
            given[parameter] = node
        scope.keep(spec.name, inner.tell(given, context, result))

    # --- what all contexts have in common ---

    def _common(self, given: Given) -> dict[str, Matrix]:
        """Numbers, settings and weights, made for the first context."""
        if self.common is None:
            self.shapes: dict[str, Matrix] = {
                name: Number(0, node.shape) for name, node in given.items()
            }
            self.called: set[str] = set()
            self.common = self._numbers()
            self.common |= {one.name: self._setting(one) for one in self.block.settings}
            weights = UseWeights(self.story, self.use, self.place, self._shape_of)
            self.common |= weights.find()
            weights.show(self.title, self.sheet)
        return self.common

    def _shape_of(self, name: str) -> Matrix | None:
        """A parameter by its shape alone, or a number."""
        self.called.add(name)
        return self.shapes.get(name)

    def _numbers(self) -> dict[str, Matrix]:
        """The plain numbers of the block, those of the use in place of the usual ones."""
        numbers: dict[str, Matrix] = {}
        for name, usual in self.block.numbers.items():
            said = self.use.step.numbers.get(name, usual)
            with within(f"{self.place}.numbers.{name}"):
                numbers[name] = Number(plain_value(str(said), self._shape_of))
            self.shapes[name] = numbers[name]
        return numbers

    def _setting(self, matrix: files.Matrix) -> Matrix:
        """A cell among the settings, which another block or the lesson may have made already."""
        node = self.story.nodes.get(matrix.name)
        if node is None:
            add_input(self.story, matrix)
            return self.story.nodes[matrix.name]
        if not isinstance(node, Input) or node.shape != (1, 1):
            raise LessonError(
                f"blocks.{self.use.step.use}.settings.{matrix.name}: expected a name of its own, "
                f"or that of an input of one number, got that of {node!r}"
            )
        return node

    def _require_called(self, scope: UseScope) -> None:
        """LessonError for what a block declares and no formula of it uses."""
        called = scope.called | self.called
        settings = [setting.name for setting in self.block.settings]
        for kind, names in (
            ("parameters", self.block.parameters), ("numbers", self.block.numbers),
            ("weights", self.block.weights), ("settings", settings),
        ):  # fmt: skip
            for name in names:
                if name not in called:
                    raise LessonError(
                        f"blocks.{self.use.step.use}.{kind}.{name}: expected something that a "
                        "step of the block uses, got none"
                    )

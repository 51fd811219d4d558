"""What is wrong with blocks and their uses, before any of them is told."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xlsxattn.a1 import MAX_NUMBER, why_illegal
from xlsxattn.errors import LessonError
from xlsxattn.lesson.blocks import MAX_USES, uses
from xlsxattn.lesson.format import Block, Lesson, Step, UseWeights

#: What a step that uses a block may say, and what only such a step may.
_ONLY_USE = ("given", "numbers", "weights", "folded")
_OF_USE = (
    "name", "use", *_ONLY_USE, "title", "note", "mathematics", "tone", "after", "decimals",
    "heat", "signed", "sheet",
)  # fmt: skip
#: What makes no sense in a block, whose uses have places of their own.
_NOT_INSIDE = ("after", "sheet", "chart", "weights")


def validate_blocks(lesson: Lesson) -> None:
    """LessonError for a block or a use that cannot be told; built-in blocks are there already."""
    used = {step.use for step in lesson.steps}
    for name, block in lesson.blocks.items():
        place = f"blocks.{name}"
        _require_inside(block, place)
        _require_names(block, place)
        _require_source(block.shared, f"{place}.shared")
        for step in block.steps:
            _require_step(lesson, step, f"{place}.steps.{step.name}")
        used |= {step.use for step in block.steps}
    for step in lesson.steps:
        _require_step(lesson, step, f"steps.{step.name}")
    _require_no_circle(lesson)
    _require_count(lesson)
    _require_tails(lesson)
    _require_weights(lesson)
    unused = [name for name in lesson.blocks if name not in used]
    if unused:
        raise LessonError(f"blocks.{unused[0]}: expected a block that a step uses, got none")


def _given(step: Step) -> list[str]:
    """The fields of a step that are not left at their defaults."""
    default = Step(name=step.name)
    return [f for f in step.__struct_fields__ if getattr(step, f) != getattr(default, f)]


def _key(field: str) -> str:
    """What a lesson file calls a field of a step."""
    return dict(zip(Step.__struct_fields__, Step.__struct_encode_fields__, strict=True))[field]


def _require_inside(block: Block, place: str) -> None:
    if not block.steps:
        raise LessonError(f"{place}.steps: expected at least one step, got none")
    for step in block.steps:
        wrong = [field for field in _given(step) if field in _NOT_INSIDE]
        if wrong:
            raise LessonError(
                f"{place}.steps.{step.name}: expected a step of a block without {wrong[0]}, got one"
            )
    last = block.steps[-1]
    if last.beside or last.next_to:
        raise LessonError(
            f"{place}.steps.{last.name}: expected the last step, which is the result, to have "
            "a place of its own, got one at another"
        )
    if block.shared is not None and not block.weights:
        raise LessonError(f"{place}.shared: expected weights of the block to share, got none")
    for name, shape in block.weights.items():
        if isinstance(shape, list) and len(shape) != 2:
            raise LessonError(
                f"{place}.weights.{name}: expected rows and columns, got {len(shape)} of them"
            )
        fill = None if isinstance(shape, list) else shape.fill
        if fill is not None and not abs(fill) <= MAX_NUMBER:
            raise LessonError(
                f"{place}.weights.{name}.fill: expected a finite number, got {fill:g}"
            )


def _require_names(block: Block, place: str) -> None:
    """Whatever a formula of a block may call has a name of its own."""
    if not block.parameters:
        raise LessonError(f"{place}.parameters: expected at least one, got none")
    named = [("parameters", name) for name in block.parameters]
    named += [("numbers", name) for name in block.numbers]
    named += [("weights", name) for name in block.weights]
    named += [("settings", setting.name) for setting in block.settings]
    for step in block.steps:
        named += [("steps", name) for name in (step.name, *(part.name for part in step.rows))]
    seen: set[str] = set()
    for kind, name in named:
        if name in seen:
            raise LessonError(f"{place}.{kind}.{name}: expected a new name, got one that is taken")
        if kind == "settings" and why_illegal(name):
            raise LessonError(
                f"{place}.settings.{name}: expected another name, got {name!r}, which is "
                f"{why_illegal(name)}"
            )
        seen.add(name)


def _require_source(source: UseWeights | None, place: str) -> None:
    if source is None:
        return
    if source.of and (source.file or source.seed is not None):
        raise LessonError(f"{place}: expected no file or seed beside of, got one")
    if not (source.of or source.file or source.seed is not None):
        raise LessonError(f"{place}: expected a file or a seed, got neither")


def _require_step(lesson: Lesson, step: Step, place: str) -> None:
    """A step is a formula, a table or a use, and says what that needs."""
    fields = _given(step)
    if not step.use:
        wrong = [field for field in fields if field in _ONLY_USE]
        if wrong:
            raise LessonError(f"{place}.use: expected a block beside {_key(wrong[0])}, got none")
        if bool(step.formula) == bool(step.rows):
            came = "both" if step.formula else "neither"
            raise LessonError(f"{place}: expected either formula or rows, got {came}")
        return
    wrong = [field for field in fields if field not in _OF_USE]
    if wrong:
        raise LessonError(f"{place}: expected a use without {wrong[0]}, got one with it")
    block = lesson.blocks.get(step.use)
    if block is None:
        raise LessonError(f"{place}.use: expected a block of the lesson, got {step.use!r}")
    _require_parameters(step, block.parameters, f"{place}.from")
    _require_source(step.weights, f"{place}.weights")
    unknown = [name for name in step.numbers if name not in block.numbers]
    if unknown:
        known = f"one of {', '.join(block.numbers)}" if block.numbers else "none"
        raise LessonError(f"{place}.numbers: expected {known}, got {unknown[0]!r}")


def _require_parameters(step: Step, parameters: list[str], place: str) -> None:
    listed = _listed(parameters)
    if isinstance(step.given, str):
        if not step.given:
            raise LessonError(f"{place}: expected a matrix for {listed}, got none")
        if len(parameters) > 1:
            raise LessonError(
                f"{place}: expected a table with {listed}, got the name {step.given!r}"
            )
    elif {*step.given} != {*parameters}:
        raise LessonError(
            f"{place}: expected a matrix for {listed}, got {_listed(step.given) or 'none'}"
        )


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)


def _require_no_circle(lesson: Lesson) -> None:
    """LessonError for a block that uses itself, directly or through others."""
    done: set[str] = set()

    def follow(name: str, chain: tuple[str, ...]) -> None:
        if name in chain:
            shown = " → ".join((*chain[chain.index(name) :], name))
            raise LessonError(
                f"blocks.{name}: expected a block that does not use itself, got {shown}"
            )
        if name not in done:
            for step in lesson.blocks[name].steps:
                if step.use:
                    follow(step.use, (*chain, name))
            done.add(name)

    for name in lesson.blocks:
        follow(name, ())


def _require_count(lesson: Lesson) -> None:
    """LessonError for too many uses; they are counted without being gone through."""
    counts: dict[str, int] = {}

    def count(name: str) -> int:
        if name not in counts:
            counts[name] = 1 + sum(count(s.use) for s in lesson.blocks[name].steps if s.use)
        return counts[name]

    total = sum(count(step.use) for step in lesson.steps if step.use)
    if total > MAX_USES:
        raise LessonError(
            f"steps: expected at most {MAX_USES} uses of blocks, those inside of blocks "
            f"included, got {total}"
        )


def _require_tails(lesson: Lesson) -> None:
    """The matrices of two uses are told apart by the ends of their names."""
    known: dict[str, str] = {}
    for use in uses(lesson):
        name = ".".join(step.name for step in use.steps)
        if re.search(r"_head\d+$", use.tail):
            raise LessonError(
                f"steps.{name}: expected a name that is not that of a head, got {use.step.name!r}"
            )
        other = known.setdefault(use.tail, name)
        if other != name or list(known.values()).count(name) > 1:
            raise LessonError(
                f"steps.{name}: expected a name that differs from {other} by more than capitals "
                f"and _, got {name!r}"
            )


def _require_weights(lesson: Lesson) -> None:
    """LessonError for a source of weights where the blocks that are used have none."""
    having = {use.steps[0].name for use in uses(lesson) if use.block.weights}
    for step in lesson.steps:
        if step.weights is not None and step.name not in having:
            raise LessonError(
                f"steps.{step.name}.weights: expected a block with weights, got {step.use!r}, "
                "which has none"
            )

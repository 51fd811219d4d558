"""Blocks: the built-in ones that a lesson takes along, and every use of every block."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import Block, Lesson, Step
from xlsxattn.naming import tail_of

#: How many uses of blocks a lesson may have, those inside of blocks included.
MAX_USES = 64


@dataclass(frozen=True)
class Use:
    """A step that uses a block; ``outer`` are the uses that it stands in, the outermost first."""

    step: Step
    block: Block
    outer: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that use blocks, from the lesson's own down to this one."""
        return (*self.outer, self.step)

    @property
    def tail(self) -> str:
        """What its matrices have at the end of their names."""
        return _tail(self.steps)

    @property
    def outer_tail(self) -> str:
        """What the result has at the end of its name: whose the use itself is."""
        return _tail(self.outer)

    def weight_names(self, weight: str) -> list[str]:
        """What a weight of the block may be called in ``[weights]``, the most special name first.

        The last one is that of all; the one of the block's ``shared`` weights is not among them.
        """
        return [weight + _tail(self.steps[start:]) for start in range(len(self.steps) + 1)]

    def shared_name(self, weight: str) -> str:
        """What a weight is called that all uses of the block have in common."""
        return weight + tail_of(self.step.use)


def _tail(steps: tuple[Step, ...]) -> str:
    return "".join(tail_of(step.name) for step in steps)


# --- built-in blocks --------------------------------------------------------------------


def adopt_blocks(lesson: Lesson, folder: Path) -> None:
    """Copy the built-in blocks that a lesson uses into it, so that what it carries is whole.

    ``folder`` has a file for each. LessonError for a block that is neither there nor declared.
    """
    pending = [(f"steps.{step.name}", step.use) for step in lesson.steps if step.use]
    for name, block in lesson.blocks.items():
        pending += _inner(name, block)
    while pending:
        place, name = pending.pop(0)
        if name in lesson.blocks:
            continue
        known = built_in_blocks(folder)
        if name not in known:
            names = sorted({*lesson.blocks, *known})
            nearest = difflib.get_close_matches(name, names, 1, 0.5)
            expected = repr(nearest[0]) if nearest else f"one of {', '.join(names)}"
            raise LessonError(f"{place}.use: expected {expected}, got {name!r}")
        content = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        lesson.blocks[name] = msgspec.convert(content, Block)
        pending += _inner(name, lesson.blocks[name])


def built_in_blocks(folder: Path) -> list[str]:
    """The names of the blocks that come with the package."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def _inner(name: str, block: Block) -> list[tuple[str, str]]:
    """The places and blocks of the uses inside a block."""
    return [(f"blocks.{name}.steps.{step.name}", step.use) for step in block.steps if step.use]


# --- uses -------------------------------------------------------------------------------


def uses(lesson: Lesson) -> Iterator[Use]:
    """Every use in reading order, those inside a block after the one that they are in.

    The blocks of the lesson must have been found right.
    """
    for step in lesson.steps:
        if step.use:
            yield from _uses(lesson, Use(step, lesson.blocks[step.use]))


def _uses(lesson: Lesson, use: Use) -> Iterator[Use]:
    yield use
    for step in use.block.steps:
        if step.use:
            yield from _uses(lesson, Use(step, lesson.blocks[step.use], use.steps))


def weights_of_uses(lesson: Lesson) -> set[str]:
    """The weights in ``[weights]`` that belong to a use, or to all uses of one block."""
    names: set[str] = set()
    for use in uses(lesson):
        for weight in use.block.weights:
            names |= {*use.weight_names(weight)[:-1], use.shared_name(weight)}
    return names & {*lesson.weights}

"""Texts of a lesson with parts that follow cells: ``next to {Words_cat[0]}``."""

from __future__ import annotations

import re

from xlsxattn.builder.cutting import Manner
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError
from xlsxattn.expression import JoinedText, Matrix
from xlsxattn.labels import Label, LiveText
from xlsxattn.lesson import LocalText

#: Two braces are one of a text; what stands between single ones is notation.
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
#: How many decimals a number has, behind its notation: ``{Loss:4}``.
_DECIMALS = re.compile(r"^(.*?)(?<!\[):\s*([0-4])$", re.DOTALL)
DECIMALS = 2


def live(story: Story, content: LocalText, place: str) -> Label:
    """A text of the lesson; LessonError names the part that is no word and no single number."""
    text = story.text(content)
    parts: list[str | Matrix] = []
    end = 0
    for match in _PART.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match[1] is None:
            raise LessonError(
                f"{place}: expected {{notation}} between two braces, or {{{{ for a brace, "
                f"got {text!r}"
            )
        else:
            parts.append(_part(story, match[1], place))
    parts.append(text[end:])
    said = [part for part in parts if part != ""] if len(parts) > 1 else parts
    if all(isinstance(part, str) for part in said):
        return "".join(map(str, said))
    return LiveText(tuple(said))


def _part(story: Story, written: str, place: str) -> Matrix:
    """One live part: a word as it is, a number as a text."""
    found = _DECIMALS.match(written)
    formula, decimals = (found[1], int(found[2])) if found else (written, DECIMALS)
    node = story.read(formula, place)
    if node.shape != (1, 1):
        raise LessonError(f"{place}: expected a word or a single number, got {node!r}")
    manner = Manner("Text", place, sheet=story.interface["working"])
    node = story.cut(manner, node)
    return node if node.is_text else JoinedText([node], decimals)

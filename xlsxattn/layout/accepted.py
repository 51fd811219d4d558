"""What the cells of inputs take, and what is said about a content that is refused."""

from __future__ import annotations

from collections.abc import Mapping

from xlsxattn.a1 import MAX_NUMBER, Area, number_text
from xlsxattn.expression import Input
from xlsxattn.layout.sheet import Choice, Length, Range, Refusal, Sheet


class Accepted:
    """The lists and ranges of a sheet, in the language of the page."""

    def __init__(self, sheet: Sheet, said: Mapping[str, str]) -> None:
        self._sheet, self._said = sheet, said

    def words(self, area: Area, listed: Area) -> None:
        """Words are chosen from a list of words."""
        self._sheet.choices.append(Choice(area, listed, self._refusal("word")))

    def numbers(self, node: Input, area: Area) -> None:
        """Numbers are one of a list, or of a range."""
        if node.choices:
            self._sheet.choices.append(Choice(area, node.choices, self._refusal("choice")))
            return
        if node.limits is None:
            least, largest, refusal = -MAX_NUMBER, MAX_NUMBER, self._refusal("number")
        else:
            (least, largest), key = node.limits, "whole" if node.whole else "range"
            refusal = self._refusal(key, number_text(least), number_text(largest))
        self._sheet.ranges.append(Range(area, least, largest, node.whole, refusal))

    def text(self, area: Area, most: int) -> None:
        """A text that is not too long."""
        self._sheet.lengths.append(Length(area, most, self._refusal("text", str(most))))

    def _refusal(self, key: str, *numbers: str) -> Refusal:
        return Refusal(self._said["title"], self._said[key].format(*numbers))

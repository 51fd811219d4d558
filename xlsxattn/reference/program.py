"""What the reference computes: named formulas, as plain texts.

This is all that it shares with what it judges: the names, and what is to be computed. How
that is done it knows for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What rows or columns are called: the name of a list of words, pairs of what notation calls
#: them and what a page calls them, or nothing.
LabelSource = str | list[tuple[str, str]] | None


@dataclass(frozen=True)
class Definition:
    """A named matrix: an input where there is no formula, a verdict for a claim.

    One that ``follows`` another has ``length`` rows: first those of its formula, then row t of
    the other one as its row t + 1. That one is defined below, and reads these rows. Rows of the
    formula that are all ``blank`` follow too.
    """

    name: str
    formula: str
    rows: LabelSource = None
    columns: LabelSource = None
    is_claim: bool = False
    when: str = ""
    follows: str = ""
    length: int = 0
    blank: float | None = None


#: Definitions, each after those that it reads.
Program = list[Definition]

"""Attacks on the product, repeatable: `cd tests && python -m attacks lessons --count 5000`.

Each attack has a seed, so that a number always means the same. What is tried, and what went
wrong, is printed; the exit code is 1 where anything did. A small part is in the suite.
"""

from __future__ import annotations

import argparse
import sys

from attacks import expressions, lessons_broken, workbooks
from attacks.verdict import Verdict, summarise

ATTACKS = {
    "lessons": lessons_broken.attack,
    "expressions": expressions.attack,
    "workbooks": workbooks.attack,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", default=[*ATTACKS], choices=[*ATTACKS])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    wish = parser.parse_args()
    bad = 0
    for name in wish.attacks:
        verdicts: list[Verdict] = []
        for number in range(wish.first, wish.first + wish.count):
            verdicts.append(ATTACKS[name](number))
        bad += summarise(name, wish.first, verdicts)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes PyTorch's numbers for all cases: ``python tests/peers/make.py``, with torch installed.

``reference.json`` says what stands where; ``reference.npz`` has two rows of numbers for each
case: ``given``, its matrices in hundredths one after another, and ``found``, the result and the
gradients, in the order of the JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from peers.answers import answers
from peers.cases import Array, Case, all_cases, lesson_case
from peers.reference import FOLDER


def hundredths(case: Case) -> Array:
    """The matrices of a case, one after another; they have two decimals."""
    flat = np.concatenate([array.ravel() for array in case.given.values()])
    rounded = np.round(100 * flat).astype(np.int16)
    assert np.array_equal(rounded / 100, flat), case.name
    return rounded


def main() -> None:
    """Write both files."""
    numbers: dict[str, Array] = {}
    described = []
    for case in [*all_cases(), lesson_case()]:
        found = answers(case)
        described.append(
            {
                "name": case.name,
                "family": case.family,
                "options": case.options,
                "given": {name: array.shape for name, array in case.given.items()},
                "found": {name: array.shape for name, array in found.items()},
            }
        )
        numbers[f"{case.name}.given"] = hundredths(case)
        numbers[f"{case.name}.found"] = np.concatenate([one.ravel() for one in found.values()])
    lines = ",\n".join(json.dumps(one) for one in described)
    (FOLDER / "reference.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    np.savez_compressed(FOLDER / "reference.npz", **numbers)


if __name__ == "__main__":
    main()

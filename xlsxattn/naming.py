"""Whose a matrix is, as its name says it: matrix, block, head, context."""

from __future__ import annotations


def tail_of(name: str) -> str:
    """What a named attention or use of a block adds to its matrices: ``Layer_2`` → ``_layer2``."""
    return "_" + name.lower().replace("_", "") if name else ""

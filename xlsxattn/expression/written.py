"""Values row by row: what a loop writes, each row of it computed once, as a sheet does.

A word that is chosen from row t is read in row t + 1. Computed in whole matrices, all rows are
computed again for each word. Here each node keeps the rows that it has, as a cache of keys and
values does, and a row is computed from its own and those above.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from xlsxattn.expression.causal import Causal
from xlsxattn.expression.lookups import LargestLabel, Lookup
from xlsxattn.expression.matrix import Elementwise, Matrix, Product, Step, Transpose
from xlsxattn.expression.operations import Value
from xlsxattn.expression.parts import Joined, Reduction, Slice
from xlsxattn.expression.picks import Largest, Matched, Picked

#: What gives a row from one row of its first operand, and from all of the others.
FIRST_BY_ROW = (Product, Lookup, LargestLabel, Picked, Matched, Largest)
#: What gives a row from one row of each operand.
ALL_BY_ROW = (Elementwise, Joined, Reduction, Causal)


class _Rule(NamedTuple):
    """How some rows of a node are computed: from rows of operands, or from all of one."""

    into: Value
    compute: Callable[..., Value]
    operands: tuple[tuple[Value, bool], ...]  # with whether only the same rows are read

    def fill(self, rows: slice) -> None:
        read = (value[rows] if by_row else value for value, by_row in self.operands)
        self.into[rows] = self.compute(*read)


def written_rows(
    order: Sequence[Matrix],
    source: Matrix,
    follows: Matrix,
    typed: Value,
    known: Mapping[Matrix, Value],
) -> Value | None:
    """What stands in the rows of ``source``, which is typed at first and then ``follows``.

    ``order`` are the nodes between them, operands first; ``known`` has the values of what they
    read beside one another. None where a node has no rule by which a row reads no later one.
    """
    values = dict(known)
    rows, begun = source.rows, len(typed)
    written = values[source] = np.zeros(source.shape, dtype=typed.dtype)
    written[:begun] = typed
    aligned, rules = {source}, []  # the nodes whose row t is of the loop's row t
    for node in order:
        if isinstance(node, (Step, Transpose, Slice)):
            values[node] = node.compute(values[node.operands[0]])  # the same memory
            whole = not isinstance(node, Slice) or node.rows == node.operands[0].rows
            if node.operands[0] in aligned and whole and not isinstance(node, Transpose):
                aligned.add(node)
            continue
        values[node] = np.zeros(node.shape, dtype=object if node.is_text else np.float64)
        rule = _rule(node, rows, values, aligned, known)
        if rule is None:
            return None
        aligned.add(node)
        rules.append(rule)
    if follows not in aligned:
        return None
    for row in range(begun, rows):
        part = slice(row - 1 if row > begun else 0, row)
        for rule in rules:
            rule.fill(part)
        written[row] = values[follows][row - 1]
    return written


def _rule(
    node: Matrix,
    rows: int,
    values: Mapping[Matrix, Value],
    aligned: Collection[Matrix],
    known: Collection[Matrix],
) -> _Rule | None:
    """How rows of a node are computed, if there is a way; ``known`` is fixed for all rows."""
    if node.rows != rows or not isinstance(node, FIRST_BY_ROW + ALL_BY_ROW):
        return None
    if isinstance(node, Reduction) and node.axis != "row":
        return None
    if isinstance(node, Joined) and node.direction != "columns":
        return None
    read = []
    for index, operand in enumerate(node.operands):
        by_row = index == 0 or isinstance(node, ALL_BY_ROW)
        if by_row and operand not in aligned and operand not in known:
            return None
        read.append((values[operand], by_row and operand.rows == rows))
    if isinstance(node, Causal):
        return _Rule(values[node], node.hidden, ((np.tri(rows, dtype=bool), True), *read))
    return _Rule(values[node], node.compute, tuple(read))

"""An expression graph as one list of NumPy operations, to be run many times.

Training computes the same graph in every epoch, of which only the weights change. What does not
depend on them is computed once. What sentences of one length have in common, node for node, is
computed for all of them at once: a *group* of alike nodes is one operation on arrays with a
leading axis, ``(nodes, rows, columns)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlsxattn.errors import GradientError
from xlsxattn.expression import (
    OPERATIONS,
    REDUCTIONS,
    Causal,
    Elementwise,
    Joined,
    Lookup,
    Matrix,
    Product,
    Reduction,
    Slice,
    Step,
    Transpose,
    is_of_shape,
    postorder,
)

Array = NDArray[Any]
Run = Callable[..., Array]
Read = Callable[[list[Array]], Array]
AXES = {"row": -1, "column": -2, "all": (-2, -1)}


class Compiled:
    """Computes some nodes again and again, each time from other values of the ``weights``."""

    def __init__(self, roots: Sequence[Matrix], weights: Sequence[Matrix]) -> None:
        groups = _grouped(roots, weights)
        self._weights = list(weights)
        places = Places(groups)
        self._calls = [_call(group, places) for group in groups[len(weights) :]]
        self._roots = [places.reader([root]) for root in roots]

    def __call__(self, values: Mapping[Matrix, Array]) -> list[Array]:
        """The values of the roots, each ``(rows, columns)``, for these of the weights."""
        found: list[Array] = [values[weight] for weight in self._weights]
        with np.errstate(all="ignore"):
            for run, operands in self._calls:
                found.append(run(*[read(found) for read in operands]))
        return [read(found) for read in self._roots]


def _grouped(roots: Sequence[Matrix], weights: Sequence[Matrix]) -> list[list[Matrix]]:
    """The nodes that depend on weights, alike ones together, operands before their users.

    The weights come first, each by itself.
    """
    groups: list[list[Matrix]] = [[weight] for weight in weights]
    number = {weight: index for index, weight in enumerate(weights)}
    depth = dict.fromkeys(weights, 0)
    known: dict[Any, int] = {}
    for node in postorder(*roots, until=lambda node: node in depth):
        if is_of_shape(node) or not any(operand in depth for operand in node.operands):
            continue
        depth[node] = 1 + max(depth[o] for o in node.operands if o in depth)
        read = tuple(number.get(o, ("constant", o.shape)) for o in node.operands)
        key = (type(node), node.shape, _parameters(node), read, depth[node])
        if key not in known:
            known[key] = len(groups)
            groups.append([])
        number[node] = known[key]
        groups[known[key]].append(node)
    return sorted(groups, key=lambda group: depth[group[0]])


def _parameters(node: Matrix) -> Any:
    """What tells operations of one kind apart; GradientError for a kind that is not trained."""
    if isinstance(node, Elementwise):
        return node.operation
    if isinstance(node, Reduction):
        return node.operation, node.axis
    if isinstance(node, Slice):  # of other rows too, which one index takes
        return ()
    if isinstance(node, Joined):
        return node.direction
    if isinstance(node, Causal):
        return node.beyond
    if isinstance(node, (Product, Transpose, Step, Lookup)):
        return ()
    raise GradientError(f"{node!r}: expected an operation that can be trained, got none")


class Places:
    """Where the results of nodes are found: in which group's, and at which place in it."""

    def __init__(self, groups: Sequence[Sequence[Matrix]]) -> None:
        self._sizes = [len(group) for group in groups]
        self._where = {
            node: (number, place)
            for number, group in enumerate(groups)
            for place, node in enumerate(group)
        }

    def are_alike(self, operands: Sequence[Matrix]) -> bool:
        """Whether the results of several nodes are those of one group."""
        groups = {self._where.get(operand, (-1, 0))[0] for operand in operands}
        return len(groups) == 1 and -1 not in groups and len({*operands}) > 1

    def reader(self, operands: Sequence[Matrix]) -> Read:
        """Reads one operand of each node of a group: 2-dimensional where it is one for all."""
        first, *others = operands
        alike = all(operand is first for operand in others)
        if first not in self._where:
            constant = first.value if alike else np.stack([one.value for one in operands])
            return lambda found: constant
        group, place = self._where[first]
        if alike:
            alone = self._sizes[group] == 1
            return lambda found: found[group] if alone else found[group][place]
        places = [self._where[operand][1] for operand in operands]
        if places == list(range(self._sizes[group])):
            return lambda found: found[group]
        index = np.array(places)
        return lambda found: found[group][index]


def _call(group: Sequence[Matrix], places: Places) -> tuple[Run, list[Read]]:
    """The operation of a group, and how each of its operands is read from earlier results."""
    one = group[0]
    columns = [[node.operands[place] for node in group] for place in range(len(one.operands))]
    run = _operation(one)
    if isinstance(one, Lookup):  # the words are as they are, and so are the rows that they take
        run, columns = _lookup(group), columns[2:]
    if isinstance(one, Slice) and len(group) > 1:
        of = list(dict.fromkeys(columns[0]))  # each is read once, however many slices it has
        run, columns = _slices(group, of), [of]
    if isinstance(one, Joined) and one.direction == "rows":
        parts = [operand for node in group for operand in node.operands]
        if places.are_alike(parts):
            return _pile(group), [places.reader(parts)]
    if len(group) == 1:
        return run, [places.reader(operands) for operands in columns]
    shape = (len(group), *one.shape)  # of nodes that are all the same, too
    return (
        lambda *operands: np.broadcast_to(run(*operands), shape),
        [places.reader(operands) for operands in columns],
    )


def _lookup(group: Sequence[Matrix]) -> Run:
    rows = [_rows(node) for node in group]
    index = rows[0] if len(rows) == 1 else np.stack(rows)
    return lambda table: table[index]


def _slices(group: Sequence[Matrix], of: list[Matrix]) -> Run:
    """Slices of one shape, each of one of some matrices: ``(nodes, rows, columns)``."""
    nodes = [node for node in group if isinstance(node, Slice)]
    rows = np.array([node.row_range for node in nodes])[:, :, None]
    columns = np.array([node.column_range for node in nodes])[:, None, :]
    whose = np.array([of.index(node.operand) for node in nodes])[:, None, None]
    return lambda x: x[rows, columns] if x.ndim == 2 else x[whose, rows, columns]


def _pile(group: Sequence[Matrix]) -> Run:
    """Parts one under another that stand in one array, ``(parts, rows, columns)``."""
    shape = group[0].shape if len(group) == 1 else (len(group), *group[0].shape)
    return lambda x: x.reshape(shape)


def _rows(node: Matrix) -> Array:
    assert isinstance(node, Lookup)
    listed = list(node.keys.words)
    return np.array([listed.index(str(word)) for word in node.words.value[:, 0]])


def _operation(node: Matrix) -> Run:
    """What a node computes, of operands with or without a leading axis."""
    if isinstance(node, Elementwise):
        return OPERATIONS[node.operation].compute
    if isinstance(node, Product):
        return np.matmul
    if isinstance(node, Transpose):
        return lambda x: np.swapaxes(x, -1, -2)
    if isinstance(node, Reduction):
        reduce, axis = REDUCTIONS[node.operation].compute, AXES[node.axis]
        return lambda x: reduce(x, axis=axis, keepdims=True)
    if isinstance(node, Slice):
        part = tuple(slice(one.start, one.stop) for one in (node.row_range, node.column_range))
        return lambda x: x[(..., *part)]
    if isinstance(node, Joined):
        return _join(-2 if node.direction == "rows" else -1)
    if isinstance(node, Causal):
        seen, beyond = np.tri(node.rows, dtype=bool), node.beyond
        return lambda x: np.where(seen, x, beyond)
    return lambda x: x


def _join(axis: int) -> Run:
    def join(*parts: Array) -> Array:
        leading = np.broadcast_shapes(*(part.shape[:-2] for part in parts))
        return np.concatenate(
            [np.broadcast_to(part, (*leading, *part.shape[-2:])) for part in parts], axis=axis
        )

    return join

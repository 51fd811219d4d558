"""Every step of a workbook again, in plain NumPy, from numbers read out of its cells.

This is the judge, so it shares nothing with what it judges but the named formulas
(``program``): no expressions, no printer, no layout. It computes eagerly, formula by formula.
An absent word gives NaN, as a dash stands in its place in the sheet.
"""

from __future__ import annotations

import numpy as np

from xlsxattn.reference.formulas import evaluate, verdict
from xlsxattn.reference.program import Definition, LabelSource, Program
from xlsxattn.reference.tables import Array, Label, Labels, Named, Table

__all__ = ["Array", "Definition", "Named", "Program", "Table", "evaluate", "recompute"]


def recompute(program: Program, inputs: dict[str, Array]) -> Table:
    """Every input and step by name. ``inputs`` are the typed matrices, words as text.

    ValueError where a formula cannot be computed from them.
    """
    with np.errstate(all="ignore"):
        table = _once(program, inputs, {})
        written = [one for one in program if one.follows]
        for _ in range(max((one.length for one in written), default=0)):
            rows = {one.name: _rows(one, table) for one in written}
            if all((table[name].values == values).all() for name, values in rows.items()):
                break
            table = _once(program, inputs, rows)  # one more row is right for good
    return table


def _once(program: Program, inputs: dict[str, Array], written: dict[str, Array]) -> Table:
    """Everything, where some rows are ``written`` as far as they are known."""
    table: Table = {}
    for one in program:
        table[one.name] = _computed(one, inputs, table, written)
    return table


def _rows(one: Definition, table: Table) -> Array:
    """What is typed, and what follows from each row but the last."""
    typed = evaluate(one.formula, table).values
    following = table[one.follows].values[len(typed) - 1 : one.length - 1]
    return np.concatenate([typed, following])


def _computed(
    one: Definition, inputs: dict[str, Array], table: Table, written: dict[str, Array]
) -> Named:
    if one.is_claim:
        shown = verdict(one.formula, one.when, table)
        return Named(np.array([[shown]], dtype=object))
    if one.follows:
        typed = evaluate(one.formula, table).values
        begun = np.repeat(typed, [1] * (len(typed) - 1) + [one.length - len(typed) + 1], axis=0)
        values = written.get(one.name, begun)
    elif one.formula:
        values = evaluate(one.formula, table).values
    else:
        values = inputs[one.name]
    if one.rows == one.name:  # a list of words labels itself
        return Named(values, [str(word) for word in values[:, 0]])
    return Named(values, _labels(one.rows, table), _labels(one.columns, table))


def _labels(source: LabelSource, table: Table) -> Labels:
    if source is None:
        return None
    if isinstance(source, str):
        return [str(word) for word in table[source].values[:, 0]]
    return [Label.shown_as(name, text) for name, text in source]

"""Every step of a workbook again, in plain NumPy, from numbers read out of its cells.

This is the judge, so it shares nothing with what it judges but the named formulas
(``program``): no expressions, no printer, no layout. It computes eagerly, formula by formula.
An absent word gives NaN, as a dash stands in its place in the sheet.
"""

from __future__ import annotations

import numpy as np

from xlsxattn.reference.formulas import evaluate, names_in, verdict
from xlsxattn.reference.program import Definition, LabelSource, Program
from xlsxattn.reference.tables import Array, Label, Labels, Named, Table

__all__ = ["Array", "Definition", "Named", "Program", "Table", "evaluate", "recompute"]


def recompute(program: Program, inputs: dict[str, Array]) -> Table:
    """Every input and step by name. ``inputs`` are the typed matrices, words as text.

    ValueError where a formula cannot be computed from them.
    """
    table: Table = {}
    with np.errstate(all="ignore"):
        for one in program:
            if one.follows:
                _write(one, program, inputs, table)
            elif one.name not in table:
                table[one.name] = _computed(one, inputs, table)
    return table


def _write(one: Definition, program: Program, inputs: dict[str, Array], table: Table) -> None:
    """The rows of a definition that follows another, and what stands between the two.

    What it follows is computed from it: all that is read for that and does not depend on it is
    computed once, and the rest again for each row.
    """
    reads = {other.name: names_in(other) for other in program}
    needed, pending = set(), [one.follows]
    while pending:
        if (name := pending.pop()) not in needed:
            needed.add(name)
            pending += reads[name] & {*reads}
    inside, again = {one.name}, []
    for other in program:
        if other.name not in needed or other.name in table or other is one:
            continue
        if reads[other.name] & inside:
            inside.add(other.name)
            again.append(other)
        else:
            table[other.name] = _computed(other, inputs, table)
    typed = evaluate(one.formula, table).values
    written = np.arange(one.length) >= len(typed)
    begun = np.concatenate([typed, np.repeat(typed[-1:], one.length - len(typed), axis=0)])
    if one.blank is not None:
        written = written | (begun == one.blank).all(axis=1) & (np.arange(one.length) > 0)
        begun = np.where(written[:, None], begun[:1], begun)
    rows = begun
    for _ in range(one.length):
        table[one.name] = _labelled(one, rows, table)
        for other in again:
            table[other.name] = _computed(other, inputs, table)
        above = np.concatenate([begun[:1], table[one.follows].values[: one.length - 1]])
        following = np.where(written[:, None], above, begun)
        if (following == rows).all():  # no row is another one any more
            break
        rows = following


def _computed(one: Definition, inputs: dict[str, Array], table: Table) -> Named:
    if one.is_claim:
        shown = verdict(one.formula, one.when, table)
        return Named(np.array([[shown]], dtype=object))
    values = evaluate(one.formula, table).values if one.formula else inputs[one.name]
    return _labelled(one, values, table)


def _labelled(one: Definition, values: Array, table: Table) -> Named:
    if one.rows == one.name:  # a list of words labels itself
        return Named(values, [str(word) for word in values[:, 0]])
    return Named(values, _labels(one.rows, table), _labels(one.columns, table))


def _labels(source: LabelSource, table: Table) -> Labels:
    if source is None:
        return None
    if isinstance(source, str):
        return [str(word) for word in table[source].values[:, 0]]
    return [Label.shown_as(name, text) for name, text in source]

"""An expression as the notation that reads back to it: ``exp(Scaled_cat - RowMax_cat)``.

A lesson is expanded to named formulas in this form, for a judge that knows no expressions.
"""

from __future__ import annotations

import ast

from xlsxattn.errors import NotationError
from xlsxattn.expression import (
    Before,
    Causal,
    CharacterCodes,
    CharacterCount,
    Column,
    ColumnCount,
    Elementwise,
    Entry,
    Header,
    Joined,
    JoinedText,
    Largest,
    LargestLabel,
    Lookup,
    Lstm,
    Matched,
    Matrix,
    Number,
    Numbering,
    Picked,
    Product,
    Recurrence,
    Reduction,
    RunningText,
    Slice,
    Tally,
    Text,
    Transpose,
)
from xlsxattn.notation.read import BINARY, COMPARE

_OPERATORS = {name: kind for kind, name in BINARY.items()}
_COMPARISONS = {name: kind for kind, name in COMPARE.items()}
_FUNCTIONS = {"maximum": "max", "minimum": "min"}
_AXES = {"row": "row_", "column": "column_", "all": ""}


def write(expression: Matrix) -> str:
    """The notation of an expression over named matrices; NotationError for a nameless input."""
    return ast.unparse(_tree(expression))


def _tree(node: Matrix) -> ast.expr:
    if isinstance(node, Header):
        return _call("column_labels", node.of)
    if isinstance(node, Before):
        return _call("before", ast.Constant(node.operands[0].name))
    if node.placed:
        if not node.name:
            raise NotationError(f"{node!r}: expected a matrix with a name, got none")
        return ast.Name(node.name)
    if isinstance(node, Number):
        number = _number(node.number)
        return number if node.shape == (1, 1) else _call("full", number, *map(_number, node.shape))
    if isinstance(node, Text):
        return ast.Constant(node.text)
    if isinstance(node, Elementwise):
        return _elementwise(node)
    if isinstance(node, Product):
        left, right = map(_tree, node.operands)
        return ast.BinOp(left, ast.MatMult(), right)
    if isinstance(node, Transpose):
        return ast.Attribute(_tree(node.operands[0]), "T")
    if isinstance(node, (Slice, Entry)):
        return _part(node)
    return _function(node)


def _function(node: Matrix) -> ast.expr:
    operands = node.operands
    if isinstance(node, Reduction):
        return _call(_AXES[node.axis] + node.operation, *operands)
    if isinstance(node, Lookup):
        return _call("lookup" if node.strict else "find", *operands)
    if isinstance(node, Joined):
        return _call("stack" if node.direction == "rows" else "beside", *operands)
    if isinstance(node, LargestLabel):
        return _call("largest_label", operands[0])
    if isinstance(node, Numbering):
        return _call(f"{node.axis}_numbers", *operands)
    if isinstance(node, ColumnCount):
        return _call("columns", *operands)
    if isinstance(node, Column):
        return _call("one_column", *operands)
    if isinstance(node, Lstm):
        return _call("lstm", *operands)
    if isinstance(node, Recurrence):
        return _call("recurrent", *operands)
    if isinstance(node, JoinedText):
        decimals = ast.keyword("decimals", ast.Constant(node.decimals))
        return ast.Call(ast.Name("text"), list(map(_tree, operands)), [decimals])
    if isinstance(node, Tally):
        return _call("tally", ast.Constant(node.mark), *operands)
    if isinstance(node, Causal):
        return _call("causal", *operands, _number(node.beyond))
    return _found(node)


def _found(node: Matrix) -> ast.expr:
    """What is found by its number, and typed texts."""
    operands = node.operands
    if isinstance(node, Picked):
        return _call("pick", node.table, node.sought)
    if isinstance(node, Matched):
        return _call("match", *operands, _number(node.otherwise))
    if isinstance(node, Largest):
        name = "largest_columns" if node.numbers else "largest"
        return _call(name, *operands, _number(node.count))
    if isinstance(node, CharacterCodes):
        return _call("character_codes", *operands, _number(node.columns))
    if isinstance(node, CharacterCount):
        return _call("character_count", *operands)
    if isinstance(node, RunningText):
        return _call("running_text", *operands)
    raise NotationError(f"{node!r}: expected a kind of node with a notation, got none")


def _elementwise(node: Elementwise) -> ast.expr:
    operands = [_tree(operand) for operand in node.operands]
    if node.operation in _OPERATORS:
        return ast.BinOp(operands[0], _OPERATORS[node.operation](), operands[1])
    if node.operation in _COMPARISONS:
        return ast.Compare(operands[0], [_COMPARISONS[node.operation]()], [operands[1]])
    if node.operation == "negate":
        return ast.UnaryOp(ast.USub(), operands[0])
    if node.operation == "and":
        return ast.BoolOp(ast.And(), operands)
    name = _FUNCTIONS.get(node.operation, node.operation)
    return _call(name, *operands)


def _part(node: Slice | Entry) -> ast.expr:
    keys: list[ast.expr]
    if isinstance(node, Slice):
        ranges = (node.row_range, node.column_range)
        keys = [ast.Slice(ast.Constant(r.start), ast.Constant(r.stop)) for r in ranges]
    else:
        keys = [ast.Constant(node.row), ast.Constant(node.column)]
    return ast.Subscript(_tree(node.operands[0]), ast.Tuple(keys))


def _number(number: float) -> ast.expr:
    whole = number == int(number) and abs(number) < 1e15
    constant = ast.Constant(abs(int(number) if whole else number))
    return ast.UnaryOp(ast.USub(), constant) if number < 0 else constant


def _call(name: str, *operands: Matrix | ast.expr) -> ast.expr:
    trees = [_tree(o) if isinstance(o, Matrix) else o for o in operands]
    return ast.Call(ast.Name(name), trees, [])

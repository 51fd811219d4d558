"""Random expressions: cut into parts, printed in both forms, and computed by an engine.

A case is a step as plain tuples, which are turned into nodes by `build` and computed by
`evaluate`; the two share nothing but the tuples. Any expression may stand anywhere: what one
cell's formula cannot hold, the cutter gives cells of its own.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from printing import formulas

from xlsxattn.a1 import Area, address
from xlsxattn.builder.expansion import expand
from xlsxattn.builder.parts import Cutter
from xlsxattn.engines import ironcalc
from xlsxattn.expression import Elementwise, Input, Joined, Matrix, Number, Reduction, Slice, Step
from xlsxattn.formula import array_steps
from xlsxattn.functions import exp, ln, sqrt, tanh, where
from xlsxattn.layout import Layout, Run, Sheet
from xlsxattn.notation import read, write
from xlsxattn.reference import recompute
from xlsxattn.style import Role
from xlsxattn.writer import save

#: Nothing is compared with a number that a sum of hundredths may be.
LINE = 0.2512345

NUMPY = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (np.abs(y) + 0.5),
    "square": lambda x: x**2,
    "cube": lambda x: np.tanh(x) ** 3,
    "two_to": lambda x: 2.0 ** np.tanh(x),
    "negate": lambda x: -x,
    "exp": lambda x: np.exp(-np.abs(x)),
    "tanh": np.tanh,
    "sqrt": lambda x: np.sqrt(np.abs(x) + 1),
    "ln": lambda x: np.log(np.abs(x) + 1),
    "sin": lambda x: np.sin(np.tanh(x)),
    "cos": lambda x: np.cos(np.tanh(x)),
    "abs": np.abs,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "above": lambda x: (x > LINE).astype(float),
    "choose": lambda x, y, z: np.where(x > LINE, y, z),
    "product": lambda x, y: x @ y,
    "transpose": np.transpose,
    "stack": lambda x, y: np.concatenate([x, y]),
    "beside": lambda x, y: np.concatenate([x, y], axis=1),
}
NODES = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (Elementwise("abs", y) + 0.5),
    "square": lambda x: x**2,
    "cube": lambda x: tanh(x) ** 3,
    "two_to": lambda x: 2 ** tanh(x),
    "negate": lambda x: -x,
    "exp": lambda x: exp(-Elementwise("abs", x)),
    "tanh": tanh,
    "sqrt": lambda x: sqrt(Elementwise("abs", x) + 1),
    "ln": lambda x: ln(Elementwise("abs", x) + 1),
    "sin": lambda x: Elementwise("sin", tanh(x)),
    "cos": lambda x: Elementwise("cos", tanh(x)),
    "abs": lambda x: Elementwise("abs", x),
    "maximum": lambda x, y: Elementwise("maximum", x, y),
    "minimum": lambda x, y: Elementwise("minimum", x, y),
    "above": lambda x: x.greater(LINE),
    "choose": lambda x, y, z: where(x.greater(LINE), y, z),
    "product": lambda x, y: x @ y,
    "transpose": lambda x: x.T,
    "stack": lambda x, y: Joined("rows", [x, y]),
    "beside": lambda x, y: Joined("columns", [x, y]),
}
AXES = {"row": 1, "column": 0, "all": None}
BINARY = ("add", "subtract", "multiply", "divide", "maximum", "minimum")
UNARY = (
    "square", "cube", "two_to", "negate", "exp", "tanh", "sqrt", "ln", "sin", "cos", "abs", "above",
)  # fmt: skip


class Values(dict):
    """Matrices by name, and the largest number that was met on the way to them."""

    largest = 1.0


def evaluate(case, values):
    """The value of a case in plain NumPy."""
    kind, *rest = case
    if kind == "name":
        value = values[rest[0]]
    elif kind == "number":
        value = np.array([[rest[0]]])
    elif kind == "slice":
        operand, rows, columns = rest
        value = evaluate(operand, values)[rows[0] : rows[1], columns[0] : columns[1]]
    elif kind == "reduce":
        operation, axis, operand = rest
        value = getattr(np, operation)(evaluate(operand, values), axis=AXES[axis], keepdims=True)
        value = value.reshape((1, 1)) if axis == "all" else value
    else:
        value = NUMPY[kind](*(evaluate(operand, values) for operand in rest))
    values.largest = max(values.largest, float(np.abs(value).max()))
    return value


def build(case, nodes):
    """The node of a case."""
    kind, *rest = case
    if kind == "name":
        return nodes[rest[0]]
    if kind == "number":
        return Number(rest[0])
    if kind == "slice":
        operand, rows, columns = rest
        return Slice(build(operand, nodes), range(*rows), range(*columns))
    if kind == "reduce":
        operation, axis, operand = rest
        return Reduction(operation, axis, build(operand, nodes))
    return NODES[kind](*(build(operand, nodes) for operand in rest))


@st.composite
def workbooks(draw):
    """Inputs by name, and steps by name: cases over what comes before them."""
    inputs: dict[str, np.ndarray] = {}
    values = Values()  # tame ones, that later steps may read
    numbers = st.integers(-300, 300).map(lambda n: n / 100)
    size = st.integers(1, 3)

    def named(shape):
        fitting = [name for name, value in values.items() if value.shape == shape]
        if fitting and draw(st.booleans()):
            return draw(st.sampled_from(fitting))
        name = f"In_{len(inputs)}_"
        inputs[name] = values[name] = draw(arrays(float, shape, elements=numbers))
        return name

    def part(shape, of):
        """Some rows and columns of something larger."""
        top, left = draw(st.integers(0, 1)), draw(st.integers(0, 1))
        larger = (shape[0] + top + draw(st.integers(0, 1)), shape[1] + left)
        return ("slice", of(larger), (top, top + shape[0]), (left, left + shape[1]))

    def cells(shape):
        """A named matrix of a shape, a slice of a larger one, or a transpose."""
        choice = draw(st.integers(0, 4))
        if choice == 4 and max(shape) < 5:
            return part(shape, cells)
        if choice == 3:
            return ("transpose", cells(shape[::-1]))
        return ("name", named(shape))

    def narrower(shape):
        """A shape that broadcasts to the shape."""
        return (draw(st.sampled_from((1, shape[0]))), draw(st.sampled_from((1, shape[1]))))

    def operands(shape, depth):
        """Two operands whose widest shape is the shape."""
        one, other = draw(
            st.sampled_from(
                [(shape, narrower(shape)), (narrower(shape), shape),
                 ((shape[0], 1), (1, shape[1]))]
            )
        )  # fmt: skip
        return expression(one, depth - 1), expression(other, depth - 1)

    def reduced(shape, depth):
        """A reduction that has the shape: of a range, of a known form, of anything."""
        inner, axis = draw(
            st.sampled_from(
                [((shape[0], draw(size)), "row")] * (shape[1] == 1)
                + [((draw(size), shape[1]), "column")] * (shape[0] == 1)
                + [((draw(size), draw(size)), "all")] * (shape == (1, 1))
            )
        )
        form = draw(st.sampled_from(("range", "anything", *FORMS)))
        if form == "range":
            operation = draw(st.sampled_from(("sum", "max", "min", "mean")))
            return ("reduce", operation, axis, cells(inner))
        if form == "anything":
            operation = draw(st.sampled_from(("sum", "max", "min", "mean")))
            return ("reduce", operation, axis, expression(inner, depth - 1))
        operation, made = FORMS[form]
        other = expression((1, 1), depth - 1) if "scalar" in form else cells(inner)
        return ("reduce", operation, axis, made(cells(inner), other))

    def expression(shape, depth):
        choice = draw(st.integers(0, 8)) if depth else 0
        if choice == 0:
            if shape == (1, 1) and draw(st.booleans()):
                return ("number", draw(numbers))
            return cells(shape)
        if choice == 1 and 1 in shape:
            return reduced(shape, depth)
        if choice == 2:
            return (draw(st.sampled_from(UNARY)), expression(shape, depth - 1))
        if choice == 3:
            condition = expression(narrower(shape), depth - 1)
            return ("choose", condition, *operands(shape, depth))
        if choice == 4:
            inner = draw(size)
            left = expression((shape[0], inner), depth - 1)
            return ("product", left, expression((inner, shape[1]), depth - 1))
        if choice == 5:
            return ("transpose", expression(shape[::-1], depth - 1))
        if choice == 6:
            return part(shape, lambda larger: expression(larger, depth - 1))
        if choice == 7 and shape[0] > 1:
            rest = expression((shape[0] - 1, shape[1]), depth - 1)
            return ("stack", expression((1, shape[1]), depth - 1), rest)
        if choice == 8 and shape[1] > 1:
            rest = expression((shape[0], shape[1] - 1), depth - 1)
            return ("beside", rest, expression((shape[0], 1), depth - 1))
        return (draw(st.sampled_from(BINARY)), *operands(shape, depth))

    steps = {}
    for index in range(draw(st.integers(1, 4))):
        shape = draw(st.tuples(size, size))
        name = f"Step_{index}_"
        steps[name] = expression(shape, 3)
        value = evaluate(steps[name], values)
        if np.abs(value).max() <= 3:
            values[name] = value
    return inputs, steps


#: Reductions of an expression over ranges that one function gives.
FORMS = {
    "sum of products": ("sum", lambda x, y: ("multiply", x, y)),
    "sum of squares": ("sum", lambda x, y: ("square", x)),
    "sum of squared differences": ("sum", lambda x, y: ("square", ("subtract", x, y))),
    "mean of products": ("mean", lambda x, y: ("multiply", x, y)),
    "mean of squares": ("mean", lambda x, y: ("square", x)),
    "count": ("sum", lambda x, y: ("above", x)),
    "largest": ("max", lambda x, y: ("abs", x)),
    "largest from a scalar": ("max", lambda x, y: ("abs", ("subtract", x, y))),
}


def expected_values(inputs, steps):
    """Every matrix in plain NumPy."""
    values = Values(inputs)
    for name, case in steps.items():
        values[name] = evaluate(case, values)
    return values


def cut(inputs, steps):
    """Nodes by name, inputs, parts and steps in the order in which they are placed."""
    nodes: dict[str, Matrix] = {name: Input(name, value) for name, value in inputs.items()}
    cutter = Cutter()

    def place(node, _written):
        step = Step(f"Part_{len(nodes)}_", node)
        nodes[step.name] = step
        return step

    for name, case in steps.items():
        # A bare number has no cells, so that some node must be around it.
        formula = cutter.cut(name, build(case, nodes), place)
        nodes[name] = Step(name, formula)
    return nodes


def saved_values(nodes, form, split):
    """Every step's cells as IronCalc computes them from a file; half the inputs may be apart."""
    main, apart = Sheet("Main"), Sheet("Bob's 100%")
    places: dict[Matrix, Area] = {}
    for index, node in enumerate(nodes.values()):
        sheet = apart if split and isinstance(node, Input) and index % 2 else main
        sheet.last_row += 1
        places[node] = area = Area(sheet.title, sheet.last_row, 2, *node.shape)
        sheet.last_row, sheet.last_column = area.last_row, max(sheet.last_column, area.last_column)
    chosen = array_steps([node for node in nodes.values() if isinstance(node, Step)], form)
    for node in nodes.values():
        sheet = apart if places[node].sheet == apart.title else main
        if isinstance(node, Input):
            sheet.runs.append(Run(places[node], Role("input"), node.value))
            continue
        for formula in formulas(node, places, arrays=chosen):
            # A constant part of a table reads no cell, and is no array; names have a _.
            reads = any(not isinstance(one, str) or {*one} & {*"_$"} for one in formula.pieces)
            assert (formula.array or formula.each) == (node in chosen and reads)
            wrong = np.full(formula.area.shape, 9e9)  # what the file stores must not matter
            sheet.runs.append(Run(formula.area, Role("value"), wrong, formula))
    sheets = [sheet for sheet in (main, apart) if sheet.runs]
    layout = Layout(sheets, {name: places[node] for name, node in nodes.items()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.xlsx"
        save([layout], path, title="Random", subject="", language="en")
        cells = ironcalc.recalculate(path, [])
    return {
        name: [cells["Main"].get(address(*cell)) for cell in places[node].cells()]
        for name, node in nodes.items()
        if isinstance(node, Step)
    }


def assert_engine_agrees(inputs, steps, form="cells", split=False):
    """Every step that an engine computes is what NumPy computes, to 1e-12 of the largest."""
    values, nodes = expected_values(inputs, steps), cut(inputs, steps)
    found = saved_values(nodes, form, split)
    for name, cells in found.items():
        expected = values[name] if name in steps else nodes[name].value
        for got, number in zip(cells, expected.ravel(), strict=True):
            assert isinstance(got, float), f"{name}: {nodes[name]!r}: got {got!r}"
            error = abs(got - number) / values.largest
            assert error <= 1e-12, f"{name}: {steps.get(name)}: expected {number}, got {got}"
    return nodes


@settings(max_examples=150, deadline=None)
@given(workbooks(), st.sampled_from(("cells", "arrays")), st.booleans())
def test_an_engine_agrees_with_numpy(workbook, form, split):
    """Any expression, cut, written to a file and recalculated, is what NumPy makes of it."""
    nodes = assert_engine_agrees(*workbook, form, split)
    event(f"{sum(name.startswith('Part') for name in nodes)} parts")


@settings(max_examples=200, deadline=None)
@given(workbooks())
def test_nodes_agree_with_numpy(workbook):
    """Cut or not, nodes have the values that NumPy gives."""
    inputs, steps = workbook
    values, nodes = expected_values(inputs, steps), cut(inputs, steps)
    for name in steps:
        assert nodes[name].shape == values[name].shape
        assert np.abs(nodes[name].value - values[name]).max() <= 1e-13 * values.largest


@settings(max_examples=200, deadline=None)
@given(workbooks())
def test_written_expressions_read_back(workbook):
    """An expression that is written in notation reads back to one of the same values."""
    inputs, steps = workbook
    nodes: dict[str, Matrix] = {name: Input(name, value) for name, value in inputs.items()}
    for name, case in steps.items():
        expression = build(case, nodes)
        again = read(write(expression), nodes.get)
        assert again.shape == expression.shape
        assert np.array_equal(again.value, expression.value), write(expression)
        nodes[name] = Step(name, expression)


@settings(max_examples=200, deadline=None)
@given(workbooks())
def test_the_reference_agrees(workbook):
    """Named formulas, computed again from nothing but their text, have the nodes' values."""
    inputs, steps = workbook
    nodes, largest = cut(inputs, steps), expected_values(inputs, steps).largest
    table = recompute(expand(nodes.values()), inputs)
    assert set(table) == set(nodes)
    for name, node in nodes.items():
        assert table[name].values.shape == node.shape
        assert np.abs(table[name].values - node.value).max() <= 1e-13 * largest


@pytest.mark.parametrize("form", ["cells", "arrays"])
def test_the_comparison_can_fail(form, monkeypatch):
    """A formula that computes something else is noticed."""
    inputs = {"In_0_": np.array([[1.0, 2.0], [3.0, 4.0]])}
    steps = {"Step_0_": ("product", ("name", "In_0_"), ("add", ("name", "In_0_"), ("number", 1.0)))}
    assert_engine_agrees(inputs, steps, form)
    monkeypatch.setitem(NODES, "add", lambda x, y: x + y + 1e-10)
    with pytest.raises(AssertionError, match="Step_0_"):
        assert_engine_agrees(inputs, steps, form)

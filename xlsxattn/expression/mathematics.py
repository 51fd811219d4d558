"""An expression as a line of mathematics for people: ``softmax(X Xᵀ / √2)``."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from xlsxattn.expression.causal import MASKED, Causal
from xlsxattn.expression.claims import Verdict
from xlsxattn.expression.folding import folded
from xlsxattn.expression.lookups import Lookup
from xlsxattn.expression.matrix import Elementwise, Matrix, Number, Product, Step, Text, Transpose
from xlsxattn.expression.operations import OPERATIONS, REDUCTIONS
from xlsxattn.expression.parts import ColumnCount, Joined, Reduction, Slice

COMPARISON, SUM, TERM, PRODUCT, SIGN, POWER, ATOM = range(7)
#: How tightly operators bind in mathematics, where a sign binds less tightly than a power.
BINDS = {
    "add": SUM, "subtract": SUM, "multiply": TERM, "divide": TERM,
    **{name: COMPARISON for name, one in OPERATIONS.items() if one.compares},
}  # fmt: skip
#: Deeper expressions are not printed: no line holds them.
MAX_DEPTH = 40

Written = tuple[str, int]
Symbols = Mapping[Matrix, str]


def mathematics(
    expression: Matrix,
    symbols: Symbols | None = None,
    longest: int = 48,
    expanded: Collection[Matrix] = (),
) -> str:
    """One line of at most ``longest`` characters; nothing where it would be longer.

    ``symbols`` says what to call some matrices; others with a name are called by it, but for
    the ``expanded`` steps, which are written out.
    """
    try:
        text = _Writer(symbols or {}, expanded).write(expression)[0]
    except _NoLineError:
        return ""
    return text if len(text) <= longest else ""


def softmax_argument(node: Matrix) -> Matrix | None:
    """The x of exp(x − max(x)), the exponentials of a softmax; None for anything else."""
    if not (isinstance(node, Elementwise) and node.operation == "exp"):
        return None
    shifted = node.operands[0]
    if not (isinstance(shifted, Elementwise) and shifted.operation == "subtract"):
        return None
    x, largest = shifted.operands
    found = _unnamed(largest)
    is_maximum = isinstance(found, Reduction) and (found.operation, found.axis) == ("max", "row")
    return x if is_maximum and found.operands[0] is x else None


def relu_argument(node: Matrix) -> Matrix | None:
    """The x of where(x > 0, x, 0); None for anything else."""
    if not (isinstance(node, Elementwise) and node.operation == "where"):
        return None
    condition, x, zero = node.operands
    positive = isinstance(condition, Elementwise) and condition.operation == "greater"
    if not positive or condition.operands[0] is not x:
        return None
    zeros = (condition.operands[1], zero)
    return x if all(isinstance(z, Number) and z.number == 0 for z in zeros) else None


def _unnamed(node: Matrix) -> Matrix:
    return node.expression if isinstance(node, Step) else node


class _NoLineError(Exception):
    """An expression that no line holds, or none is used for."""


class _Writer:
    """Writes each kind of node; the number beside a text is how tightly it binds."""

    def __init__(self, symbols: Symbols, expanded: Collection[Matrix]) -> None:
        self.symbols, self.expanded = symbols, expanded
        self.depth = 0

    def write(self, node: Matrix) -> Written:
        if node in self.expanded and isinstance(node, Step):
            return self.write(node.expression)
        if node in self.symbols:
            return self.symbols[node], ATOM
        if node.placed:
            return node.name or "A", ATOM
        if self.depth >= MAX_DEPTH:
            raise _NoLineError
        self.depth += 1
        written = self.operation(node)
        self.depth -= 1
        return written

    def operation(self, node: Matrix) -> Written:
        if isinstance(node, Number):
            hidden = node.number == MASKED
            text = "−∞" if hidden else f"{node.number:g}".replace("-", "−")
            return text, SIGN if node.number < 0 else ATOM
        if isinstance(node, Transpose):
            return f"{self.within(node.operands[0], ATOM)}ᵀ", ATOM
        if isinstance(node, Product):
            left, right = node.operands
            mark = " " if isinstance(right, Transpose) or isinstance(left, Transpose) else " · "
            return self.within(left, PRODUCT) + mark + self.within(right, PRODUCT + 1), PRODUCT
        if isinstance(node, Elementwise):
            return self.elementwise(node)
        if isinstance(node, Reduction):
            return f"{REDUCTIONS[node.operation].symbol}({self.plain(node.operands[0])})", ATOM
        if isinstance(node, Joined):
            mark = "; " if node.direction == "rows" else ", "
            return f"[{mark.join(self.plain(part) for part in node.operands)}]", ATOM
        if isinstance(node, Slice):
            return self.part(node), ATOM
        if isinstance(node, Lookup):
            return f"{self.plain(node.table)}[{self.plain(node.words)}]", ATOM
        if isinstance(node, Causal):
            return f"causal({self.plain(node.operands[0])})", ATOM
        if isinstance(node, ColumnCount):
            return f"columns({self.plain(node.of)})", ATOM
        if isinstance(node, Verdict):
            return self.write(node.condition)
        if isinstance(node, Text):
            return f"“{node.text}”", ATOM
        raise _NoLineError

    def elementwise(self, node: Elementwise) -> Written:
        if (simple := folded(node)) is not node:
            return self.write(simple)
        if (rectified := relu_argument(node)) is not None:
            return f"relu({self.plain(rectified)})", ATOM
        argument = _softmax(node)
        if argument is not None:
            return f"softmax({self.plain(argument)})", ATOM
        if node.operation in BINDS:
            mark, binds = OPERATIONS[node.operation].symbol, BINDS[node.operation]
            left, right = node.operands
            if node.operation == "multiply" and left is right:
                return f"{self.within(left, ATOM)}²", POWER
            return self.within(left, binds) + mark + self.within(right, binds + 1), binds
        first = node.operands[0]
        if node.operation == "negate":
            return f"−{self.within(first, POWER)}", SIGN
        if node.operation == "power":
            exponent = node.operands[1]
            base = self.within(first, ATOM)
            if isinstance(exponent, Number) and exponent.number in (2, 3):
                return base + "²³"[int(exponent.number) - 2], POWER
            return f"{base}^{self.within(exponent, ATOM)}", POWER
        if node.operation == "sqrt":
            return f"√{self.within(first, ATOM)}", ATOM
        if node.operation == "abs":
            return f"|{self.plain(first)}|", ATOM
        if node.operation == "and":
            return " ∧ ".join(self.within(o, COMPARISON) for o in node.operands), COMPARISON
        name = {"maximum": "max", "minimum": "min"}.get(node.operation, node.operation)
        return f"{name}({', '.join(self.plain(o) for o in node.operands)})", ATOM

    def part(self, node: Slice) -> str:
        ranges = (
            (node.row_range, node.operand.rows, node.operand.row_labels),
            (node.column_range, node.operand.columns, node.operand.column_labels),
        )
        keys = []
        for chosen, length, labels in ranges:
            if len(chosen) == length:
                keys.append(":")
            elif len(chosen) == 1:
                ids = getattr(labels, "ids", ())
                keys.append(ids[chosen.start] if ids else str(chosen.start))
            else:
                keys.append(f"{chosen.start}:{chosen.stop}")
        if keys[1] == ":":
            keys.pop()
        return f"{self.within(node.operand, ATOM)}[{', '.join(keys)}]"

    def plain(self, node: Matrix) -> str:
        return self.write(node)[0]

    def within(self, node: Matrix, binds: int) -> str:
        """The text, in parentheses where what stands around it binds tighter."""
        text, own = self.write(node)
        return f"({text})" if own < binds else text


def _softmax(node: Elementwise) -> Matrix | None:
    """The x of a whole softmax: its exponentials divided by the sums of their rows."""
    if node.operation != "divide":
        return None
    exponentials, total = node.operands
    total = _unnamed(total)
    if not (isinstance(total, Reduction) and (total.operation, total.axis) == ("sum", "row")):
        return None
    if total.operands[0] is not exponentials:
        return None
    return softmax_argument(_unnamed(exponentials))

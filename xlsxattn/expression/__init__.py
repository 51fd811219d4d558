"""Lazy matrices: what is computed, not where it stands.

``matrix`` has the core, ``operations`` the one table of what can be done to elements,
``parts`` reductions, slices and joins, ``lookups`` what is found by its word, ``claims`` the
verdicts, ``sentences`` texts that follow cells, ``sequences`` rows that follow rows, ``written``
their values row by row, ``causal`` which rows a row sees, ``undefined`` where a sheet shows an
error that NumPy does not.
A matrix shows itself (``show``) as a table, and as ``mathematics``.
"""

from xlsxattn.expression.causal import (
    MASKED,
    NEARLY_MASKED,
    Causal,
    is_zero_beyond,
    seen_rows,
)
from xlsxattn.expression.claims import Before, Verdict, optional_sources
from xlsxattn.expression.folding import folded
from xlsxattn.expression.indexing import index, select
from xlsxattn.expression.inputs import Input
from xlsxattn.expression.labels import Texts
from xlsxattn.expression.lookups import Entry, Header, LargestLabel, Lookup, header_of
from xlsxattn.expression.mathematics import mathematics, relu_argument, softmax_argument
from xlsxattn.expression.matrix import (
    Elementwise,
    Labels,
    Matrix,
    Number,
    Operand,
    Product,
    Shape,
    Step,
    Text,
    Transpose,
    WordList,
    Words,
    as_matrix,
    conjunction,
    is_absent,
    is_comparison,
    postorder,
    require_matrix,
)
from xlsxattn.expression.operations import ABSENT, OPERATIONS, REDUCTIONS, Value
from xlsxattn.expression.parts import (
    ColumnCount,
    Joined,
    Numbering,
    Reduction,
    Slice,
    is_of_shape,
)
from xlsxattn.expression.picks import Largest, Matched, Picked, is_plain
from xlsxattn.expression.sentences import JoinedText, Tally
from xlsxattn.expression.sequences import (
    Column,
    Continued,
    Lstm,
    Recurrence,
    Written,
    dependents,
)
from xlsxattn.expression.show import html, table
from xlsxattn.expression.typed_texts import (
    CharacterCodes,
    CharacterCount,
    Concatenation,
    RunningText,
    TypedText,
)
from xlsxattn.expression.undefined import undefined

# What a matrix does by itself but its own module cannot know.
Matrix._indexed = index
Matrix._as_text = table
Matrix._as_html = html

__all__ = [
    "ABSENT",
    "MASKED",
    "NEARLY_MASKED",
    "OPERATIONS",
    "REDUCTIONS",
    "Before",
    "Causal",
    "CharacterCodes",
    "CharacterCount",
    "Column",
    "ColumnCount",
    "Concatenation",
    "Continued",
    "Elementwise",
    "Entry",
    "Header",
    "Input",
    "Joined",
    "JoinedText",
    "Labels",
    "Largest",
    "LargestLabel",
    "Lookup",
    "Lstm",
    "Matched",
    "Matrix",
    "Number",
    "Numbering",
    "Operand",
    "Picked",
    "Product",
    "Recurrence",
    "Reduction",
    "RunningText",
    "Shape",
    "Slice",
    "Step",
    "Tally",
    "Text",
    "Texts",
    "Transpose",
    "TypedText",
    "Value",
    "Verdict",
    "WordList",
    "Words",
    "Written",
    "as_matrix",
    "conjunction",
    "dependents",
    "folded",
    "header_of",
    "is_absent",
    "is_comparison",
    "is_of_shape",
    "is_plain",
    "is_zero_beyond",
    "mathematics",
    "optional_sources",
    "postorder",
    "relu_argument",
    "require_matrix",
    "seen_rows",
    "select",
    "softmax_argument",
    "undefined",
]

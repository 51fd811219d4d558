"""A node as Excel text, given where the placed nodes stand.

Every cell of a step has an ordinary formula of its own, with relative references, so that
a click shows the arithmetic of that very cell and fill-down works: ``=EXP(C28-$H28)``, the
dot product of two rows ``=SUMPRODUCT($C20:$F20,$C$18:$F$18)``, a row times a column
``=MMULT($C58:$G58,C$18:C$22)``. In a large workbook a product, and everything that depends
on one, are array formulas instead (``forms``), for a spreadsheet computes those much faster.

``text`` has the pieces of a formula, ``views`` what of a placed node a formula reads,
``forms`` which node can be printed how, ``searches`` which lookup is a product, ``rows`` how
steps are split that follow from a row above, ``cells`` and ``arrays`` the two printers,
``presence`` a printer of cells that shows a dash where a word is absent that they read, and
``printed`` calls them for a step. Only forms that Excel 2010, LibreOffice 7.4, Gnumeric and
IronCalc all compute alike are ever printed.
"""

from xlsxattn.formula.forms import array_steps
from xlsxattn.formula.printed import formulas
from xlsxattn.formula.rows import loops, require_causal
from xlsxattn.formula.text import Formula, Reference, merged
from xlsxattn.formula.views import placed_of

__all__ = [
    "Formula",
    "Reference",
    "array_steps",
    "formulas",
    "loops",
    "merged",
    "placed_of",
    "require_causal",
]

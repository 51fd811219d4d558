"""Prove a saved workbook: an engine that is not ours against plain NumPy.

The file's lesson is trusted for structure (what is an input, which step is what), never
for numbers: those are read from the cells. Findings are data (``report``); the command line
prints them. First, no stored value may stand behind an array formula (``freshness``, which
finds in ``references`` what a formula reads). Then six passes, each of which can fail on its
own:

1. stored values against the engine's, and no error cell (``stored``);
2. every cell of a step is a formula (``proof``, as is the next);
3. every step, recalculated, against NumPy;
4. live claims; 5. what-if claims (``claims``);
6. liveness: numbers, words and switches are changed, and every step must follow NumPy (``proof``),
   and an input is sought that turns each live claim (``turning``).

With LibreOffice there is a seventh: its inputs are edited (``edits``) as a person does it,
and no cell may show an old result (``office``).

``passes`` calls one after another, ``trial`` is what they know of one lesson of the workbook,
and ``tolerance`` how far two numbers may be apart.
"""

from xlsxattn.check.passes import check
from xlsxattn.check.report import STALE, ClaimResult, Problem, Report, Step
from xlsxattn.check.tolerance import LOOSE, TOLERANCE, error

__all__ = [
    "LOOSE",
    "STALE",
    "TOLERANCE",
    "ClaimResult",
    "Problem",
    "Report",
    "Step",
    "check",
    "error",
]

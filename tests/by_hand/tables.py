"""Labels of a lesson file, as the derivations by hand take them."""

from xlsxattn.lesson import LabelTexts
from xlsxattn.reference.tables import Array, Label, Labels, Named, Table, joined

__all__ = ["Array", "Labels", "Named", "Table", "joined", "labels_of"]


def labels_of(given: LabelTexts, language: str) -> Labels:
    if isinstance(given, dict):
        pairs = [(name, text) for name, text in given.items()]
    else:
        pairs = [(t if isinstance(t, str) else next(iter(t.values())), t) for t in given]
    shown = [
        Label.shown_as(name, text if isinstance(text, str) else text[language])
        for name, text in pairs
    ]
    return shown or None

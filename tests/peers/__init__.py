"""PyTorch's numbers for what ``xlsxattn`` computes: a judge that shares no code with it.

``cases`` draws configurations and their inputs, ``answers`` lets PyTorch compute them, ``make``
writes its numbers to a file, ``models`` builds the same out of ``xlsxattn``'s functions.
"""

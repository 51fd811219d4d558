"""Weights that are fitted to a loss: ``xlsxattn train``."""

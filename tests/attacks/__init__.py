"""Attacks on the product, the same for a number for ever: `cd tests && python -m attacks`."""

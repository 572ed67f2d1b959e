"""How accurate activations, losses and gradients are, in units of rounding, over all that a float type holds.

The error of a result is measured in units of ``u * scale``: u = eps / 2 is what one rounding to nearest can
change, relative to its result, and ``scale`` is the exact result itself (then the figure is its relative error)
or, where accuracy is lost by the nature of the expression, the sum of the absolute values of what was added up.
A scale below the smallest normal number counts as that number: there one rounding is half the smallest
subnormal, which is u times it.

Each bound is counted, not measured: +, -, *, / round once (1 unit); exp, log, log1p and tanh of NumPy are within
4 units in the last place, which is 8 (`functions.ELEMENTARY`); an error of k units stays one of k units
under a product or quotient, and under a sum of terms of one sign.  Products of units (k u)**2 are covered by
1 % on top.

`drawing` says what is drawn, `running` what a package makes of it, `exact` what is right, `functions` the bounds;
`measuring` brings them together, and ``colrow numerics`` and the report show it.
"""

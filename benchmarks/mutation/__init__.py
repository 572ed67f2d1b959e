"""Mutation score: which of the faults that could be in the code would be noticed, and by what.

``python -m benchmarks.mutation`` changes one thing in one place of the source, runs what checks that place, and tells
whether anything noticed. Not built on mutmut or cosmic-ray: those plant what goes wrong in any program, not what goes
wrong in backpropagation (an operand order, a transpose, an axis, a batch factor, a slope at y for v), start one test
run per mutant, and know no claims. Here one process imports everything once and forks for each mutant.
"""

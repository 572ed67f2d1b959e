"""How fast Colrow is, and which faults its check finds: measured side by side with others, within one run.

``python -m benchmarks step|layout|proof|check|faults|digits [--quick] [--json] [--plot FILE]``

Not part of the wheel. What is not installed (PyTorch, JAX, SciPy, scikit-learn, matplotlib) is reported as "not run".
"""

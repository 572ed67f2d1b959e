"""The claims, one module per section of the paper."""

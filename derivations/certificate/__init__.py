"""Certificates: what a run found, bound to the sources that were checked, in a form that can be recomputed."""

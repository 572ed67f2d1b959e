"""The time limit of a check that runs in a process of its own."""

TIMEOUT = 30.0
"""Seconds that one rung of one part may take."""

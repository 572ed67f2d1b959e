"""Why claims are kept that kill no mutant of which no other claim notices anything."""

from __future__ import annotations

KEPT: dict[str, str] = {}

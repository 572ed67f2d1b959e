"""What a number type says when it is asked for something it cannot give honestly."""

from __future__ import annotations


class InexactNumberError(TypeError):
    """A float met a number that is exact: its rounding would hide in everything computed from it."""

    def __init__(self, kind: str, value: object) -> None:
        super().__init__(
            f"the float {value!r} met {kind}: it carries a rounding (or a division of integers was made too "
            f"early, such as 1 / batch); write integers, and divide the array"
        )


class UndecidableComparison(ArithmeticError):
    """A comparison could not be decided; whichever branch were taken would be a guess."""

    def __init__(self, left: object, relation: str, right: object, why: str = "") -> None:
        self.left = left
        self.relation = relation
        self.right = right
        super().__init__(f"cannot decide {left} {relation} {right}" + (f": {why}" if why else ""))

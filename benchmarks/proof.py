"""How long proofs take: for every size against the depth; at explicit shapes against the width, beside plain `diff`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.table import Table

from .show import plotting
from .timing import Times, interleaved

DEPTHS = (1, 2, 4, 8, 16)
WIDTHS = (2, 3, 4, 6)


@dataclass(frozen=True)
class Point:
    """One time of one proof."""

    proof: str
    convention: str
    at: str
    number: int
    seconds: float
    proved: int

    def told(self) -> dict[str, Any]:
        """Give it for JSON."""
        return asdict(self)


def by_depth(depths: tuple[int, ...], repeats: int, told: Callable[[str], object]) -> Iterator[Point]:
    """Prove all gradients of networks of so many dense layers, each with an unknown activation, for every size."""
    from derivations.depth import deep
    from derivations.laws import Context
    from derivations.subject import package_subject

    for package in ("colnet", "rownet"):
        context = Context(package_subject(package))
        deep(context, 1)  # whatever is done once only
        for depth in depths:
            told(f"{package}: every size, depth {depth}")
            shown: list[int] = []
            times = interleaved({"proof": lambda: shown.append(deep(context, depth))}, repeats)["proof"]  # noqa: B023
            yield Point("every size", context.subject.convention.name, "depth", depth, times.least, shown[-1])


def by_width(
    widths: tuple[int, ...], repeats: int, told: Callable[[str], object]
) -> Iterator[tuple[Point, Point, Times, Times]]:
    """Prove all gradients of an n-n-n tanh network on symbols, one example; and only differentiate the same, plainly."""
    from derivations.adapters.end_to_end import Architecture, chain_law
    from derivations.engine import run_law
    from derivations.evidence import Level
    from derivations.laws import Context, GradientLaw
    from derivations.remembering import forget
    from derivations.subject import package_subject

    def ours(law: GradientLaw) -> int:
        forget()  # each repeat works the definition out anew, as `plain` does
        return run_law(law, Level.SYMBOLS, context)

    context = Context(package_subject("colnet"))
    _, law = chain_law(Architecture(("tanh", "tanh"), "mse"))
    if not isinstance(law, GradientLaw):
        raise TypeError(f"{law.part} is no law of gradients")
    for width in widths:
        told(f"symbols, width {width}")
        sizes = {"one": 1, "B": 1, "scale": 1, "n0": width, "n1": width, "n2": width}
        of = replace(law, symbol_shapes=(sizes,))
        shown: list[int] = []
        derived: list[int] = []
        times = interleaved(
            {
                "ours": lambda: shown.append(ours(of)),  # noqa: B023
                "plain": lambda: derived.append(plain(width)),  # noqa: B023
            },
            repeats,
        )
        yield (
            Point("symbols", "column", "width", width, times["ours"].least, shown[-1]),
            Point("plain diff", "column", "width", width, times["plain"].least, derived[-1]),
            times["ours"],
            times["plain"],
        )


def plain(width: int) -> int:
    """Write sum g y of the same network out in SymPy and differentiate it by every entry, without comparing anything."""
    import sympy as sp

    def matrix(name: str, rows: int, columns: int = 1) -> Any:
        return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{name}_{i}_{j}", real=True))

    sp.core.cache.clear_cache()  # each run starts from nothing
    variables = [
        matrix(name, width, columns)
        for name, columns in (("x", 1), ("W1", width), ("b1", 1), ("W2", width), ("b2", 1))
    ]
    x, W1, b1, W2, b2 = variables
    g = matrix("g", width)
    h = (W1 * x + b1).applyfunc(sp.tanh)
    y = (W2 * h + b2).applyfunc(sp.tanh)
    loss = sum(g[i] * y[i] for i in range(width))
    return sum(sp.diff(loss, symbol) is not None for variable in variables for symbol in variable)


def table(points: list[Point]) -> Table:
    """Lay the times out."""
    found = Table(title="time of proofs", caption="proved: arrays at every size, entries on symbols")
    for heading in ("proof", "convention", "at", "seconds", "proved"):
        found.add_column(heading, justify="left" if heading in ("proof", "convention", "at") else "right")
    for one in points:
        found.add_row(
            one.proof, one.convention, f"{one.at} {one.number}", f"{one.seconds:.3g}", str(one.proved)
        )
    return found


def plot(points: list[Point], path: Path) -> None:
    """Draw the times against depth and width."""
    pyplot = plotting()
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.5))
    for axis, at in zip(axes, ("depth", "width")):
        for proof, convention in dict.fromkeys((one.proof, one.convention) for one in points if one.at == at):
            of = [one for one in points if (one.proof, one.convention) == (proof, convention)]
            axis.loglog(
                [one.number for one in of],
                [one.seconds for one in of],
                marker="o",
                label=f"{proof}, {convention}",
            )
        axis.set_xlabel(at)
        axis.set_ylabel("seconds")
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)

"""Canonical order of indices: colour refinement, and individualisation where colours tie.

A polynomial is taken as a hypergraph: its indices are the vertices, each atom in each monomial an edge. The result
does not depend on the names of the indices nor on the order in which anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from .size import Index, Unsupported

if TYPE_CHECKING:
    from .poly import Poly

Order = tuple[int, ...]


class Symmetries(NamedTuple):
    """Which orders of some places make no difference.

    Either any order within each block (there may be thousands), or exactly those that are listed.
    """

    blocks: tuple[tuple[int, ...], ...] = ()
    orders: tuple[Order, ...] = ()

    def first(self, view: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the first of all the equivalent ways to fill the places."""
        if self.orders:
            return min(tuple(view[n] for n in order) for order in self.orders)
        if not self.blocks:
            return view
        result = list(view)
        for block in self.blocks:
            for n, value in zip(block, sorted(view[n] for n in block)):
                result[n] = value
        return tuple(result)


Edge = tuple[int, Fraction | int, tuple[int, ...], Symmetries]  # head, power, vertices, symmetries
Graph = list[tuple[Fraction, list[Edge]]]

MOST_SYMMETRIES = 5040


class Labelling(NamedTuple):
    """Free and bound indices in canonical order, the encoding, and the orders of the free ones that change nothing."""

    free: tuple[Index, ...]
    bound: tuple[Index, ...]
    encoding: Any
    symmetries: Symmetries


def label(poly: Poly, free: Sequence[Index], bound: Sequence[Index]) -> Labelling:
    """Find the canonical order of the indices of a polynomial."""
    vertices = [*free, *bound]
    place = {index: n for n, index in enumerate(vertices)}
    graph: Graph = [
        (
            coefficient,
            [
                (a.head.number, power, tuple(place[i] for i in a.indices), a.head.symmetries)
                for a, power in monomial
            ],
        )
        for monomial, coefficient in poly.items()
    ]
    start = _ranked([(n >= len(free), index.size.number) for n, index in enumerate(vertices)])
    search = _Search(graph, len(free), len(vertices))
    search.run(start)
    order = sorted(range(len(vertices)), key=search.labels.__getitem__)
    return Labelling(
        tuple(vertices[n] for n in order if n < len(free)),
        tuple(vertices[n] for n in order if n >= len(free)),
        search.encoding,
        search.symmetries(),
    )


def _ranked(signatures: Sequence[Any]) -> list[int]:
    """Give signatures numbers in their order; equal ones get the number of the first place that they take up."""
    ranks: dict[Any, int] = {}
    for n, signature in enumerate(sorted(signatures)):
        ranks.setdefault(signature, n)
    return [ranks[signature] for signature in signatures]


def _encode(graph: Graph, labels: Sequence[int]) -> Any:
    """Write the graph down in terms of the labels; sorted, so that order of writing does not matter."""
    return tuple(
        sorted((tuple(sorted(_seen(edge, labels) for edge in edges)), value) for value, edges in graph)
    )


def _seen(edge: Edge, colours: Sequence[int]) -> tuple[Any, ...]:
    head, power, vertices, symmetries = edge
    return (head, power, symmetries.first(tuple(colours[v] for v in vertices)))


def _refined(graph: Graph, colours: list[int]) -> list[int]:
    """Split colours by what their vertices are seen with, until nothing splits any more."""
    while len(set(colours)) < len(colours):
        seen: list[list[Any]] = [[] for _ in colours]
        for value, edges in graph:
            around = (value, tuple(sorted(_seen(edge, colours) for edge in edges)))
            for head, power, vertices, symmetries in edges:
                for v in set(vertices):
                    view = symmetries.first(tuple((colours[other], other == v) for other in vertices))
                    seen[v].append((around, head, power, view))
        finer = _ranked([(colour, tuple(sorted(views))) for colour, views in zip(colours, seen)])
        if finer == colours:
            break
        colours = finer
    return colours


class _Search:
    """Among all labellings that refinement leaves open, the one of the smallest encoding; and the symmetries."""

    def __init__(self, graph: Graph, free: int, count: int) -> None:
        self.graph = graph
        self.free = free
        self.count = count
        self.written = _encode(graph, range(count))
        self.encoding: Any = None
        self.labels: list[int] = []
        self.generators: set[Order] = set()

    def run(self, colours: list[int]) -> None:
        colours = _refined(self.graph, colours)
        cell = self._tied(colours)
        if not cell:
            self._leaf(colours)
            return
        tried: list[int] = []
        for v in cell:
            # A vertex that may be exchanged with one that was tried leads nowhere new.
            if any(self._exchangeable(v, other) for other in tried):
                continue
            tried.append(v)
            # Colours are places, so the others of the cell may all move on by one.
            self.run([c + (c == colours[v] and n != v) for n, c in enumerate(colours)])

    @staticmethod
    def _tied(colours: list[int]) -> list[int]:
        cells: dict[int, list[int]] = {}
        for n, colour in enumerate(colours):
            cells.setdefault(colour, []).append(n)
        tied = [(len(cell), colour) for colour, cell in cells.items() if len(cell) > 1]
        return cells[min(tied)[1]] if tied else []

    def _exchangeable(self, v: int, w: int) -> bool:
        swapped = list(range(self.count))
        swapped[v], swapped[w] = w, v
        if _encode(self.graph, swapped) != self.written:
            return False
        self._remember(swapped)
        return True

    def _leaf(self, labels: list[int]) -> None:
        encoding = _encode(self.graph, labels)
        if self.encoding is None or encoding < self.encoding:
            self.encoding, self.labels = encoding, labels
        elif encoding == self.encoding:
            back = {label: n for n, label in enumerate(self.labels)}
            self._remember([back[label] for label in labels])

    def _remember(self, permutation: Sequence[int]) -> None:
        # Free and bound vertices have different colours: a symmetry never mixes them.
        self.generators.add(tuple(permutation[: self.free]))

    def symmetries(self) -> Symmetries:
        """Give all symmetries of the free indices, in their canonical order."""
        order = sorted(range(self.free), key=self.labels.__getitem__)
        rank = {n: place for place, n in enumerate(order)}
        moves = [tuple(rank[g[n]] for n in order) for g in self.generators]
        identity = tuple(range(self.free))
        moved = [tuple(n for n in identity if move[n] != n) for move in moves]
        if all(len(places) in (0, 2) for places in moved):
            return Symmetries(blocks=_blocks(places for places in moved if places))
        group, new = {identity}, [identity]
        while new:
            new = [o for a in new for b in moves if (o := tuple(a[n] for n in b)) not in group]
            group.update(new)
            if len(group) > MOST_SYMMETRIES:
                raise Unsupported(f"more than {MOST_SYMMETRIES} symmetries of {self.free} indices")
        return Symmetries(orders=tuple(sorted(group)))


def _blocks(exchanges: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Join exchanges of two: whoever can be exchanged with the same can be put in any order."""
    blocks: list[set[int]] = []
    for pair in exchanges:
        joined = set(pair).union(*(block for block in blocks if not block.isdisjoint(pair)))
        blocks = [block for block in blocks if block.isdisjoint(pair)] + [joined]
    return tuple(sorted(tuple(sorted(block)) for block in blocks))

"""The graph of what rests on what, as a picture: layers by the longest way down, few crossings, no library."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from html import escape

from ..evidence import Status
from ..ledger import Entry

SIDES = ("column", "row")
MARKS = {
    Status.CONFIRMED: "✓",
    Status.WEAKER: "~",
    Status.FAILED: "✗",
    Status.NOT_RUN: "·",
    Status.PREMISE_FAILED: "!",
}
WORST = (Status.FAILED, Status.PREMISE_FAILED, Status.NOT_RUN, Status.WEAKER, Status.CONFIRMED)
WIDTH, HEIGHT, GAP, LANE, MARGIN = 194.0, 36.0, 12.0, 48.0, 14.0


def css(status: Status) -> str:
    """Give the style class of a status."""
    return f"s-{str(status).replace(' ', '-')}"


def worst(entries: Sequence[Entry]) -> Status:
    """Give the worst status of a claim's conventions."""
    return min((entry.status for entry in entries), key=WORST.index)


def ranks(uses: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Give each claim's distance from those that use nothing."""
    found: dict[str, int] = {}

    def rank(name: str) -> int:
        if name not in found:
            found[name] = max((rank(used) + 1 for used in uses[name]), default=0)
        return found[name]

    for name in uses:
        rank(name)
    return found


def layout(uses: Mapping[str, Sequence[str]]) -> tuple[list[list[str]], dict[tuple[str, str], list[str]]]:
    """Put claims into layers, with stand-ins where an edge passes a layer; order each layer by its neighbours.

    Returns the layers from the ground up, and for each edge (used, user) its way through the layers.
    """
    rank = ranks(uses)
    layers: list[list[str]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for name in uses:
        layers[rank[name]].append(name)
    ways: dict[tuple[str, str], list[str]] = {}
    for name, below in uses.items():
        for used in below:
            way = [used]
            for level in range(rank[used] + 1, rank[name]):
                # One stand-in for all edges from the same claim: they run together as far as they can.
                stand_in = f"{used}>{level}"
                if stand_in not in layers[level]:
                    layers[level].append(stand_in)
                way.append(stand_in)
            ways[used, name] = [*way, name]
    near: dict[str, set[str]] = {}
    for way in ways.values():
        for one, two in itertools.pairwise(way):
            near.setdefault(one, set()).add(two)
            near.setdefault(two, set()).add(one)
    for sweep in range(24):
        order = layers if sweep % 2 == 0 else layers[::-1]
        place = {name: at / max(1, len(layer) - 1) for layer in layers for at, name in enumerate(layer)}
        for layer in order:
            layer.sort(
                key=lambda name: (
                    sum(place[other] for other in near[name]) / len(near[name]) if name in near else 1.0
                )
            )
            place |= {name: at / max(1, len(layer) - 1) for at, name in enumerate(layer)}
    return layers, ways


def graph(entries: Mapping[str, Mapping[str, Entry]]) -> str:
    """Draw the claims and what they use as SVG; each box is a link, and says its status by colour, sign and word."""
    uses = {
        name: [used for used in next(iter(of.values())).uses if used in entries]
        for name, of in entries.items()
    }
    used = {name for below in uses.values() for name in below}
    joined = {name: below for name, below in uses.items() if below or name in used}
    alone = [name for name in uses if name not in joined]
    layers, ways = layout(joined) if joined else ([], {})
    heights = [sum(GAP + (HEIGHT if ">" not in name else 0) for name in layer) for layer in layers]
    tall = max(heights, default=0.0)
    where: dict[str, tuple[float, float]] = {}
    for level, layer in enumerate(layers):
        y = MARGIN + (tall - heights[level]) / 2
        for name in layer:
            high = HEIGHT if ">" not in name else 0.0
            where[name] = (MARGIN + level * (WIDTH + LANE), y + high / 2)
            y += high + GAP
    across = max(1, len(layers))
    width = 2 * MARGIN + across * WIDTH + (across - 1) * LANE
    below = MARGIN + tall + (34 if alone and joined else 0)
    columns = max(1, int((width - 2 * MARGIN + GAP) // (WIDTH + GAP)))
    for at, name in enumerate(alone):
        line, column = divmod(at, columns)
        where[name] = (MARGIN + column * (WIDTH + GAP), below + line * (HEIGHT + GAP) + HEIGHT / 2)
    height = below + -(-len(alone) // columns) * (HEIGHT + GAP) + MARGIN
    parts = [
        f'<svg class="graph" viewBox="0 0 {width:.0f} {height:.0f}" style="--gw:{width:.0f}px" role="group"'
        ' aria-labelledby="graph-title">',
        '<title id="graph-title">Which claim uses which, with the status computed in this run</title>',
    ]
    parts += [_edge(way, where) for way in ways.values()]
    if alone and joined:
        parts.append(
            f'<text class="aside" x="{MARGIN}" y="{below - 12:.0f}">uses no other claim, and none uses it</text>'
        )
    parts += [_node(name, entries[name], *where[name]) for name in uses]
    return "".join(parts) + "</svg>"


def _edge(way: Sequence[str], where: Mapping[str, tuple[float, float]]) -> str:
    path = ""
    for one, two in itertools.pairwise(way):
        (x, y), (u, v) = where[one], where[two]
        x += WIDTH
        bend = (u - x) / 2
        path += f"{'L' if path else 'M'}{x:.0f} {y:.1f}C{x + bend:.0f} {y:.1f} {u - bend:.0f} {v:.1f} {u:.0f} {v:.1f}"
    return f'<path class="edge" d="{path}"/>'


def _node(name: str, of: Mapping[str, Entry], x: float, y: float) -> str:
    top = y - HEIGHT / 2
    told = ", ".join(f"{side}: {of[side].status}" for side in SIDES if side in of)
    signs = "".join(
        f'<g class="{css(of[side].status)}"><circle class="sign" cx="{x + (16 if side == "column" else WIDTH - 16):.0f}"'
        f' cy="{y:.1f}" r="10"/><text class="mark" x="{x + (16 if side == "column" else WIDTH - 16):.0f}"'
        f' y="{y + 4.5:.1f}">{MARKS[of[side].status]}</text></g>'
        for side in SIDES
        if side in of
    )
    return (
        f'<a href="#{escape(name)}" aria-label="{escape(name)}, {escape(told)}">'
        f'<g class="node {css(worst(list(of.values())))}"><rect x="{x:.0f}" y="{top:.1f}" width="{WIDTH:.0f}"'
        f' height="{HEIGHT:.0f}" rx="7"/><text class="name" x="{x + WIDTH / 2:.0f}" y="{y + 4.5:.1f}"'
        f"{_fitted(name)}>{escape(name)}</text></g>{signs}</a>"
    )


def _fitted(name: str) -> str:
    return f' textLength="{WIDTH - 58:.0f}" lengthAdjust="spacingAndGlyphs"' if len(name) > 18 else ""

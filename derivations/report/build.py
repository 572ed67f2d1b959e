"""Run everything that the page shows, and write the page."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from html import escape
from importlib import import_module, util
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..accuracy.functions import functions_about
from ..accuracy.measuring import Row, by_function, measured, units
from ..evidence import Level, Outcome, Status
from ..ledger import PACKAGES, Entry, Ledger, by_claim, closure, confirm
from ..registry import claims
from .formulas import Formulas
from .pictures import PICTURES
from .pictures import draw as draw_picture
from .pictures.canvas import Picture
from .story import SIDES, Shown, Story, story

if TYPE_CHECKING:
    from ..errata.erratum import ErratumResult
    from .kills import Matrix

NEEDED = ("jinja2", "matplotlib", "ziamath")
FILE = "colrow.html"
POINTS = 300
"""For each function and float type: about a second of processor time in all."""
# Title, and a short one for the bar.
SECTIONS = {
    "s2_2_components": ("Neurons, layers, activations", "Neurons"),
    "s2_3_forward": ("The forward pass", "Forward"),
    "s3_2_losses": ("Losses", "Losses"),
    "s3_3_backward": ("Gradients", "Gradients"),
    "s3_3_updates": ("Updates", "Updates"),
    "s4_listing": ("The objects of the listing", "Listing"),
    "s4_and": ("The AND network", "AND"),
    "a_collapse": ("Collapse of affine layers", "Collapse"),
    "b_conventions": ("Each other’s transpose", "Duality"),
}
Progress = Callable[[str], None]


class ExtraMissing(RuntimeError):
    """The libraries that draw the report are not installed."""


@dataclass(frozen=True)
class Trouble:
    """A picture that could not be drawn, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Facts:
    """All that the page shows: results of this run, and ``matrices`` that were handed in; none written by hand."""

    packages: tuple[str, str]
    ledger: Ledger
    stories: Mapping[str, Story]
    errata: tuple[ErratumResult, ...]
    pictures: tuple[Picture, ...]
    troubles: tuple[Trouble, ...] = ()
    accuracy: tuple[Row, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    formulas: Formulas = field(default_factory=Formulas, repr=False)

    @property
    def entries(self) -> Mapping[str, Mapping[str, Entry]]:
        """The ledger's entries by claim and convention."""
        return by_claim(self.ledger.claims)

    @property
    def inaccurate(self) -> tuple[Row, ...]:
        """What exceeds its bound in floats, failed, or was not run."""
        return tuple(row for row in self.accuracy if not row.holds)

    @property
    def holds(self) -> bool:
        """Whether every claim is confirmed and every bound on accuracy holds."""
        return self.ledger.holds and not self.inaccurate


def demand_extra() -> None:
    """Refuse to begin without what is needed to draw.

    Raises
    ------
    ExtraMissing
        Naming what is missing and how to get it.
    """
    missing = [name for name in NEEDED if util.find_spec(name) is None]
    if missing:
        raise ExtraMissing(
            f"the report needs {', '.join(missing)}: python -m pip install 'colrow[report]' (in a clone: '.[report]')"
        )


def _errata(ids: Sequence[str]) -> tuple[list[ErratumResult], Formulas]:
    from ..errata import run_errata

    results, formulas = run_errata(ids), Formulas()
    for item in results:
        for form in (item.printed, item.corrected):
            formulas.set(form.latex)
    return results, formulas


def _accuracy(names: Sequence[str], packages: Sequence[str], seed: int) -> list[Row]:
    return list(measured(functions_about(names), packages=packages, points=POINTS, seed=seed))


def tasks(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give the errata and the pictures that belong to these claims."""
    from ..errata.ledger import errata

    wanted = set(names)
    spoken = {name for claim in names for name in claims()[claim].errata}
    ids = [item.id for item in errata().values() if item.id in spoken or wanted & set(item.claims)]
    return ids, [name for name, of in PICTURES.items() if wanted & set(of)]


def count(names: Sequence[str]) -> int:
    """Say in how many steps `gather` will tell its progress."""
    return 3 * len(names) + 2 + len(tasks(names)[1])


def gather(
    names: Sequence[str] | None = None,
    *,
    packages: Sequence[str] = PACKAGES,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress = lambda what: None,
) -> Facts:
    """Run claims and what they use, the errata about them, and the pictures.

    Parameters
    ----------
    names : sequence of str, optional
        Ids of claims; all of them by default.
    packages : sequence of str
        Importable names of the column and of the row implementation.
    seed, jobs : int
        As for `ledger.confirm`.
    progress : callable
        Told what was just done.
    """
    started = perf_counter()
    asked = closure(tuple(claims()) if names is None else tuple(names))
    ids, drawings = tasks(asked)
    ledger = confirm(
        asked,
        packages=packages,
        seed=seed,
        jobs=jobs,
        progress=lambda claim, convention: progress(f"{claim}, {convention}"),
    )
    # The slow ones first: behaviours are traced.
    first = sorted(
        asked, key=lambda name: not name.startswith(("and-", "decision", "listing-train", "chain"))
    )
    stories: dict[str, Story] = {}
    pictures: dict[str, Picture] = {}
    troubles: list[Trouble] = []
    results: list[ErratumResult] = []
    accuracy: list[Row] = []
    formulas = Formulas()

    def take(kind: str, name: str, get: Callable[[], Any]) -> None:
        try:
            found = get()
        except Exception as error:
            if kind != "picture":
                raise
            troubles.append(Trouble(name, f"{type(error).__name__}: {error}"))
        else:
            if kind == "story":
                stories[name] = found
            elif kind == "picture":
                pictures[name] = found
            elif kind == "accuracy":
                accuracy.extend(found)
            else:
                results.extend(found[0])
                formulas.take(found[1])
        progress({"story": f"{name}, steps and lines", "picture": f"picture {name}"}.get(kind, kind))

    todo: list[tuple[str, str, Callable[..., Any], tuple[Any, ...]]] = [
        *(("picture", name, draw_picture, (name, tuple(packages))) for name in drawings),
        ("errata", "", _errata, (ids,)),
        ("accuracy", "", _accuracy, (asked, tuple(packages), seed)),
        *(("story", name, story, (name, tuple(packages), seed)) for name in first),
    ]
    if jobs > 1:
        with ProcessPoolExecutor(jobs) as pool:
            waiting: dict[Future[Any], tuple[str, str]] = {
                pool.submit(run, *arguments): (kind, name) for kind, name, run, arguments in todo
            }
            for done in as_completed(waiting):
                take(*waiting[done], done.result)
    else:
        for kind, name, run, arguments in todo:
            take(kind, name, lambda run=run, arguments=arguments: run(*arguments))  # type: ignore[misc]
    return Facts(
        packages=(packages[0], packages[1]),
        ledger=ledger,
        stories={name: stories[name] for name in asked},
        errata=tuple(results),
        pictures=tuple(pictures[name] for name in drawings if name in pictures),
        troubles=tuple(sorted(troubles, key=lambda trouble: trouble.name)),
        accuracy=tuple(accuracy),
        seconds=perf_counter() - started,
        versions=_versions(),
        formulas=formulas,
    )


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {
        "Colrow": __version__,
        "Python": platform.python_version(),
        **{name: version(name.lower()) for name in ("NumPy", "SymPy", "mpmath")},
    }


@dataclass(frozen=True)
class Cell:
    """What one check came to in one convention."""

    outcome: Outcome
    cases: int
    detail: str
    premises: tuple[str, ...]


def evidence_rows(of: Mapping[str, Entry]) -> list[tuple[str, int, Level, Mapping[str, Cell]]]:
    """Arrange evidence by part and level: (part, rows that it spans or 0, level, cell by convention)."""
    table: dict[str, dict[Level, dict[str, Cell]]] = {}
    for side, entry in of.items():
        for item in entry.evidence:
            cell = Cell(item.outcome, item.cases, item.detail, item.premises)
            table.setdefault(item.part, {}).setdefault(item.level, {})[side] = cell
    rows: list[tuple[str, int, Level, Mapping[str, Cell]]] = []
    for part, levels in table.items():
        for at, (level, cells) in enumerate(levels.items()):
            rows.append((part, len(levels) if at == 0 else 0, level, cells))
    return rows


def render(facts: Facts, *, opened: bool = False) -> str:
    """Write the page; ``opened`` unfolds everything, for paper."""
    from .diagrams import diagrams
    from .graph import MARKS, css, graph, worst
    from .kills import purpose

    jinja: Any = import_module("jinja2")
    formulas = Formulas()
    formulas.take(facts.formulas)
    for told in facts.stories.values():
        formulas.take(told.formulas)
    listed, entries = claims(), facts.entries
    shown_errata = {item.id for item in facts.errata}
    sections = []
    for module, (title, short) in SECTIONS.items():
        members = [
            claim for claim in import_module(f"..claims.{module}", __package__).CLAIMS if claim.id in entries
        ]
        if members:
            sections.append((f"section-{module}".replace("_", "-"), title, short, members))
    users = {
        name: [other for other, claim in listed.items() if name in claim.uses and other in entries]
        for name in entries
    }

    def formula(latex: str, text: str = "") -> Any:
        return markup(formulas.show(latex, text or _spoken(latex)))

    def shown(value: Shown | None) -> Any:
        if value is None:
            return "—"
        if value.latex:
            return formula(value.latex, value.text)
        return markup(f'<span class="said">{escape(value.text, quote=False)}</span>')

    markup: Any = import_module("markupsafe").Markup
    environment = jinja.Environment(
        loader=jinja.PackageLoader("derivations.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja.StrictUndefined,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["prose"] = lambda told: markup(prose(told))
    environment.filters["heading"] = heading
    graph_svg = markup(graph(entries))
    body = environment.get_template("page.html.j2").render(
        facts=facts,
        ledger=facts.ledger,
        entries=entries,
        sections=sections,
        stories=facts.stories,
        users=users,
        shown_errata=shown_errata,
        purpose=purpose,
        titles={name: claim.title for name, claim in listed.items()},
        counts=[(status, n) for status, n in _counts(facts.ledger)],
        formula=formula,
        shown=shown,
        evidence_rows=evidence_rows,
        cases=lambda of: sum(i.cases for e in of.values() for i in e.evidence if i.outcome is Outcome.PASSED),
        mark=lambda status: MARKS[status],
        css=css,
        worst=worst,
        graph=graph_svg,
        markup=markup,
        diagrams=diagrams(formulas),
        pictures_of=lambda name: [p for p in facts.pictures if name in p.claims],
        notation=_notation(),
        accuracy=by_function(facts.accuracy),
        units=units,
        style=markup((Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")),
        opened=opened,
        sides=SIDES,
        same=lambda of: len(set(of.values())) == 1,
    )
    # The glyphs come last: what was used is known now.
    return str(body).replace("<!-- sprite -->", formulas.sprite())


def _counts(ledger: Ledger) -> list[tuple[Status, int]]:
    counts = Counter(entry.status for entry in ledger.claims)
    return [(status, counts[status]) for status in Status if counts[status]]


def _spoken(latex: str) -> str:
    """Give a formula as a line of text; as it was authored where that cannot be told."""
    from ..compare.plain import UnreadableFormula, plain

    try:
        return plain(latex)
    except UnreadableFormula:
        return latex


def heading(told: str) -> str:
    """Begin a heading with a capital, unless it begins with a symbol such as y."""
    first = re.split(r"[ ,:;-]", told, maxsplit=1)[0]
    return told[:1].upper() + told[1:] if first.isalpha() and (len(first) > 1 or first == "a") else told


def prose(told: str) -> str:
    """Make a sentence of a remark, as HTML: capital, full stop, code in backticks as code."""
    told = escape(heading(told.strip()), quote=False)
    told = re.sub(r"`([^`]+)`", r"<code>\1</code>", told)
    return told if told.endswith((".", "!", "?", ":")) else f"{told}."


def _notation() -> list[tuple[str, str, str, str]]:
    """Give letter, meaning and both shapes, from the conventions."""
    from ..convention import CONVENTIONS, batch, bias, weights

    sizes = {"n": r"n", "m": r"m", "B": "B"}
    roles = [
        ("x", "batch of inputs", batch("n")),
        ("W", "weights", weights("n", "m")),
        ("b", "bias", bias("m")),
        ("v", "pre-activation, output of a dense layer", batch("m")),
        ("y", "output of an activation, prediction", batch("m")),
        ("t", "target", batch("m")),
        ("g", "gradient of the loss by the layer’s own output", batch("m")),
    ]
    rows = []
    for letter, meaning, role in roles:
        first, second = (r"{} \times {}".format(*CONVENTIONS[side].shape(role, sizes)) for side in SIDES)
        rows.append((letter, meaning, first, second))
    return rows

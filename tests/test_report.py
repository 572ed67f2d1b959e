"""The report: what it says is what the run found, it needs nothing but itself, and it is written whole or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations.accuracy.functions import functions_about
from derivations.accuracy.measuring import SLACK, measured, units
from derivations.certificate.making import make
from derivations.cli import main
from derivations.evidence import Level, Outcome, Status
from derivations.ledger import closure, confirm
from derivations.registry import claims

from .meta.faults import FAULTS, LOSS, Fault
from .pages import dangling, outside, read, silent

build = pytest.importorskip("derivations.report.build")
for _needed in build.NEEDED:
    pytest.importorskip(_needed, reason=f"the report needs {_needed}: pip install '.[report]'")

from derivations.report import breaking, kills  # noqa: E402
from derivations.report.formulas import SIZE, Formulas  # noqa: E402
from derivations.report.graph import MARKS, WORST, css  # noqa: E402
from derivations.report.kept import KEPT  # noqa: E402

ROOT = Path(__file__).parents[1]
SIDES = ("column", "row")
# Quick ones; among them are a claim with premises, an argument, errata, a picture, regions, and printed forms.
CHOSEN = ("bias-gradient", "relu", "steepest-descent", "parameter-count")


def invoke(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def facts():
    return build.gather(CHOSEN, jobs=1, seed=2)


def with_kills(facts):
    """Add what the command does: the matrices that were shipped."""
    return replace(facts, matrices=kills.shipped(("colnet", "rownet")))


@pytest.fixture(scope="module")
def text(facts):
    return build.render(facts)


@pytest.fixture(scope="module")
def page(text):
    return read(text)


# --- what it says ---


def statuses(page):
    """Give what the page says of each claim and side, in the ledger, at the claim and in the graph."""
    found = {}
    (table,) = page.all("table", class_="ledger")
    for line in table.one("tbody").all("tr"):
        name = line.one("th").text
        cells = list(line.all("td"))[1:3]
        found["ledger", name] = tuple(cell.text for cell in cells)
    for article in page.all("article", class_="claim"):
        boxes = {box.classes[1]: box for box in article.all("div", class_="statement")}
        chips = (boxes[side].one("p", class_="status").text for side in SIDES)
        found["claim", article.attributes["id"]] = tuple(chips)
    for link in page.one("svg", class_="graph").all("a"):
        found["graph", link.attributes["href"][1:]] = link.attributes["aria-label"]
    return found


def as_said(ledger):
    """Give what the page ought to say of a ledger."""
    found = {}
    for name in dict.fromkeys(entry.id for entry in ledger.claims):
        entries = [ledger.entry(name, side) for side in SIDES]
        # A level is told of what stands; what failed at one level is not shown beside another.
        stands = (Status.CONFIRMED, Status.WEAKER)
        said = tuple(
            f"{MARKS[entry.status]} {entry.status}{entry.level if entry.status in stands else ''}"
            for entry in entries
        )
        found["ledger", name] = found["claim", name] = said
        found["graph", name] = f"{name}, column: {entries[0].status}, row: {entries[1].status}"
    return found


def test_what_was_asked_for_is_there_with_what_it_uses(page):
    wanted = set(closure(CHOSEN))
    assert {"layer", "weight-gradient"} < wanted > set(CHOSEN)
    assert {article.attributes["id"] for article in page.all("article", class_="claim")} == wanted
    assert {where for where, _ in statuses(page)} == {"ledger", "claim", "graph"}
    for place in ("ledger", "claim", "graph"):
        assert {name for where, name in statuses(page) if where == place} == wanted


def test_every_claim_of_the_registry_has_a_section_to_stand_in():
    from importlib import import_module

    listed = [
        claim.id
        for module in build.SECTIONS
        for claim in import_module(f"derivations.claims.{module}").CLAIMS
    ]
    assert sorted(listed) == sorted(claims())


def test_statuses_are_those_that_were_computed(page):
    assert statuses(page) == as_said(confirm(closure(CHOSEN), seed=2))


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("side", SIDES)
def test_no_status_is_written_by_hand(facts, status, side):
    changed = tuple(
        entry.model_copy(update={"status": status, "level": Level.FLOAT, "broken": ("layer",)})
        if (entry.id, entry.convention) == ("bias-gradient", side)
        else entry
        for entry in facts.ledger.claims
    )
    ledger = facts.ledger.model_copy(update={"claims": changed})
    page = read(build.render(replace(facts, ledger=ledger, pictures=(), errata=())))
    assert statuses(page) == as_said(ledger)
    worst = min((status, Status.CONFIRMED), key=WORST.index)
    assert css(worst) in page.one("article", id="bias-gradient").classes
    node = page.one("svg", class_="graph").one("a", href="#bias-gradient")
    assert css(worst) in node.one("g", class_="node").classes
    signs = [element.text for element in node.all("text", class_="mark")]
    assert signs[SIDES.index(side)] == MARKS[status]
    counts = {
        status: sum(entry.status is status for entry in changed)
        for status in dict.fromkeys(e.status for e in changed)
    }
    tiles = [tile.text for tile in page.one("ul", class_="tiles").all("li")]
    for known, number in counts.items():
        assert f"{MARKS[known]}{number} {known}" in tiles


def test_all_evidence_is_there(page, facts):
    for name, of in facts.entries.items():
        (table,) = page.one("article", id=name).all("table", class_="evidence")
        rows = {}
        part = ""
        for line in table.one("tbody").all("tr"):
            part = next((head.text for head in line.all("th")), part)
            level, *cells = (cell.text for cell in line.all("td"))
            for side, cell in zip(SIDES, cells):
                rows[part, level, side] = cell
        assert rows == {
            (item.part, str(item.level), side): f"passed {item.cases:,}"
            for side in SIDES
            for item in of[side].evidence
        }


def test_evidence_that_is_missing_is_not_shown_as_passed(facts):
    first = facts.ledger.entry("bias-gradient", "row")
    lost = first.evidence[0].model_copy(update={"outcome": Outcome.NOT_RUN, "detail": "there was no time"})
    entry = first.model_copy(update={"evidence": (lost, *first.evidence[2:]), "status": Status.NOT_RUN})
    entries = tuple(entry if one is first else one for one in facts.ledger.claims)
    ledger = facts.ledger.model_copy(update={"claims": entries})
    article = read(build.render(replace(facts, ledger=ledger))).one("article", id="bias-gradient")
    rows = [
        [cell.text for cell in line.all("td")] for line in article.one("table", class_="evidence").all("tr")
    ]
    assert rows[1][2] == "not run"
    assert rows[2][2] == "—"
    assert "there was no time" in article.text


def test_a_claim_is_told_with_place_statement_derivation_and_lines(page, facts):
    for name in facts.entries:
        claim, article = claims()[name], page.one("article", id=name)
        boxes = {box.classes[1]: box for box in article.all("div", class_="statement")}
        assert set(boxes) == set(SIDES)
        for side, box in boxes.items():
            assert claim.place[side] in box.text
            assert box.one("div", class_="set").text or next(box.one("div", class_="set").all("svg"))
            assert bool(list(box.all("p", class_="printed"))) == (side in claim.printed)
        parts = [head.text for head in article.all("h4")]
        assert len(parts) == len(claim.laws)
        for law in claim.laws:
            assert any(part.casefold().startswith(law.part.casefold()) for part in parts)
        links = {link.attributes["href"][1:] for link in article.one("dl", class_="links").all("a")}
        assert links >= set(claim.uses) | (set(claim.errata) & {item.id for item in facts.errata})
    code = page.one("article", id="bias-gradient").one("div", class_="code").text
    for package in ("colnet", "rownet"):
        line = re.search(r"return g\.sum\(axis=EXAMPLES.*", (ROOT / package / "_3_dense.py").read_text())
        assert re.sub(r"\s+", " ", line[0]) in code


def test_the_steps_of_a_derivation_are_in_order(page):
    (part,) = (
        p
        for p in page.one("article", id="weight-gradient").all("section", class_="part")
        if "erivative" in p.text
    )
    names = [name.text for name in part.all("span", class_="step-name")]
    assert names == [
        "definition",
        "derivative",
        "deltas contracted",
        "the code returned",
        "both come to",
        "guard",
    ]
    for step in part.all("li"):
        assert "—" not in step.text


@pytest.mark.parametrize(
    ("told", "heading"),
    [
        ("mini-batches, the last", "Mini-batches, the last"),
        ("a bias", "A bias"),
        ("y and ŷ", "y and ŷ"),
        ("softmax, one", "Softmax, one"),
        ("∂L", "∂L"),
        ("", ""),
    ],
)
def test_a_heading_begins_with_a_capital_but_a_symbol_stays_what_it_is(told, heading):
    assert build.heading(told) == heading


def test_errata_have_their_counterexamples(page, facts):
    assert {"E08", "E16", "E18", "E01"} <= {item.id for item in facts.errata}
    for item in facts.errata:
        article = page.one("article", id=item.id)
        assert item.status in article.text
        assert item.refutation is not None
        for line in (*item.refutation.text.splitlines(), *item.proof.text.splitlines()):
            assert re.sub(r"\s+", " ", line).strip() in article.text


def test_a_picture_belongs_to_a_claim_that_is_there(page, facts):
    assert [picture.id for picture in facts.pictures] == ["picture-step", "picture-bowl"]
    assert not facts.troubles
    for picture in facts.pictures:
        figure = page.one("figure", id=picture.id)
        assert len(list(figure.all("div", class_="panel"))) == len(picture.panels)
        links = [link.attributes["href"] for link in figure.one("figcaption").all("a")]
        assert links
        assert set(picture.claims) & set(facts.entries) <= {link[1:] for link in links}


def test_a_picture_that_fails_is_told_and_nothing_else_is_lost(monkeypatch, tmp_path):
    def fail(*args):
        raise ZeroDivisionError("no ink")

    monkeypatch.setattr(build, "draw_picture", fail)
    done = invoke("report", "-o", tmp_path, "--claim", "steepest-descent", "--jobs", 1)
    assert done.exit_code == 0
    assert "bowl could not be drawn: ZeroDivisionError: no ink" in read(_written(tmp_path)).text


def accuracy(page):
    """Give what the page says of each function in floats: the four errors, the bound, why, relative to what."""
    table = page.one("section", id="accuracy").one("table", class_="accuracy")
    return {
        line.one("th").text: [cell.text for cell in line.all("td")] for line in table.one("tbody").all("tr")
    }


def test_accuracy_is_what_is_measured_for_the_functions_of_these_claims(page):
    asked = functions_about(closure(CHOSEN))
    assert {"relu", "relu slope", "dense forward", "dense gradient b"} <= {one.name for one in asked}
    found = accuracy(page)
    assert list(found) == [one.name for one in asked]
    rows = iter(measured(asked, points=build.POINTS, seed=2))
    for function in asked:
        # float64 in columns and rows, then float32.
        errors = [units(next(rows).worst) for _ in range(4)]
        assert found[function.name] == [
            *errors,
            f"{function.bound:g}",
            function.because,
            function.relative_to,
        ]
        assert all(float(error) <= function.bound * SLACK for error in errors)
    assert f"at {build.POINTS} points" in page.one("section", id="accuracy").text
    assert "#accuracy" in {link.attributes["href"] for link in page.one("nav").all("a")}


def test_without_functions_there_is_no_chapter_of_accuracy(facts):
    bare = replace(facts, accuracy=())
    page = read(build.render(bare))
    assert not list(page.all(id="accuracy"))
    assert dangling(page) == []
    assert bare.holds
    assert build._accuracy(("collapse",), ("colnet", "rownet"), 0) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"worst": 12345.6}, "1.2e+04 exceeded"),
        ({"worst": float("inf")}, "∞ exceeded"),
        ({"detail": "yours has no ReLU.forward", "lacking": True}, "not run"),
        ({"detail": "raised TypeError: no"}, "failed"),
    ],
)
def test_what_is_not_within_its_bound_is_not_shown_as_if_it_were(facts, changed, said):
    first, *rest = facts.accuracy
    assert (first.function, first.dtype, first.convention) == ("relu", "float64", "column")
    facts = replace(facts, accuracy=(replace(first, **changed), *rest))
    assert facts.ledger.holds
    assert not facts.holds
    page = read(build.render(facts))
    assert accuracy(page)["relu"][:4] == [said, "0", "0", "0"]
    section = page.one("section", id="accuracy")
    told = section.one("span", class_="o-not-run" if said == "not run" else "o-failed")
    assert told.text == said
    assert section.one("div", class_="failures").text == facts.inaccurate[0].told
    assert f"1 of {len(facts.accuracy)} bounds in floats do not hold" in page.one("ul", class_="tiles").text


def _written(directory):
    return (directory / build.FILE).read_text(encoding="utf-8")


# --- it stands alone ---


def test_all_links_lead_somewhere(page):
    assert dangling(page) == []


def test_nothing_is_fetched(page, text):
    assert outside(page) == []
    assert not re.search(r"https?:", text)


def test_pictures_and_formulas_have_alternatives(page):
    assert silent(page) == []
    formulas = list(page.all("span", class_="formula"))
    assert len(formulas) > 100
    for formula in formulas:
        assert list(formula.all("svg"))
        assert "\\" not in formula.attributes["aria-label"]


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ('id="relu"', 'id="relux"', dangling),
        ('href="#relu"', 'href="#relux"', dangling),
        ('id="relu"', 'id="layer"', dangling),
        ('<link rel="icon" href="data:,">', '<link rel="icon" href="favicon.ico">', outside),
        ("</style>", "@import url(x.css);</style>", outside),
        ("</body>", "<script>1</script></body>", outside),
        ("</body>", '<img alt="x" src="https://example.org/x.png"></body>', outside),
        ('class="formula" role="img" aria-label="', 'class="formula" role="img" title="', silent),
        ('class="panel" role="img"', 'class="panel"', silent),
        ("</body>", '<img src="data:,"></body>', silent),
    ],
)
def test_these_tests_can_fail(text, old, new, check):
    assert text.count(old) >= 1
    assert check(read(text.replace(old, new, 1)))


def test_what_claims_say_is_text_and_not_markup(facts):
    title = "<b id='x'>bold</b> & 'so' on"
    errata = tuple(item.model_copy(update={"remark": f"`{title}` {title}"}) for item in facts.errata[:1])
    changed = replace(facts, errata=errata, packages=(title, "rownet"))
    page = read(build.render(changed))
    assert list(page.all(id="x")) == []
    assert page.text.count("<b id='x'>") >= 3


# --- formulas ---

LATEX = sorted(
    {
        latex
        for claim in claims().values()
        for form in (claim.statement, claim.printed)
        for latex in form.values()
    }
)


def glyphs(svg):
    """Give the numbers of the glyphs of a formula, in the order of the writing."""
    return re.findall(r'href="#(g\w+)"', svg)


def test_a_broken_formula_loses_nothing():
    def bare(latex):
        return re.sub(r"\s|\\[,;! ]|\\q?quad|\{\}|^\{|\}$", "", latex)

    for latex in LATEX:
        pieces = breaking.pieces(latex)
        broken = [line for piece in pieces for line in breaking.lines(breaking.readable(piece))]
        whole = "".join(breaking.readable(piece) for piece in pieces)
        assert bare("".join(broken)) == bare(whole)


@pytest.mark.parametrize(
    ("latex", "lines"),
    [
        ("a + b", ["a + b"]),
        (
            "x_{1} = " + " + ".join(f"a_{{{n}}} b_{{{n}}}" for n in range(1, 10)),
            12,
        ),
    ],
)
def test_only_what_is_too_wide_is_broken(latex, lines):
    found = breaking.lines(latex)
    assert found == lines if isinstance(lines, list) else 2 <= len(found) <= lines
    assert all(breaking.estimate(line) <= breaking.LINE for line in found)


def test_no_formula_is_broken_within_braces_or_after_the_sign_of_a_sum():
    for latex in LATEX:
        for piece in breaking.pieces(latex):
            for line in breaking.lines(breaking.readable(piece)):
                assert line.count("{") == line.count("}")
                assert not re.search(r"(\\sum|\\max|[=+(])(_(\w|\{[^{}]*\}))?(\^(\w|\{[^{}]*\}))?$", line)


@pytest.mark.parametrize(
    ("latex", "readable"),
    [
        ("a - b", "a - b"),
        ("-a - b", "{-}a - b"),
        ("e^{-v} (-x)", "e^{{-}v} ({-}x)"),
        ("y = - x", "y = {-}x".replace("= {-}", "= {-} ")),
        ("W1_{ik} + -b2_{1j}", "W^{(1)}_{ik} - b^{(2)}_{1j}"),
        (r"f'(0) := 0", r"f'(0) \coloneqq 0"),
        ("not [x > 0]", r"\neg [x > 0]"),
        ("--v_{pq}", "{-}({-}v_{pq})"),
    ],
)
def test_printed_terms_are_set_as_people_write_them(latex, readable):
    assert re.sub(r"\s", "", breaking.readable(latex)) == re.sub(r"\s", "", readable)
    assert breaking.readable(breaking.readable(latex)) == breaking.readable(latex)


def test_words_are_words():
    assert breaking.words(r"\text{only words,} \text{ and \_more}") == "only words, and _more"
    assert breaking.words(r"\text{words and } x") is None
    assert Formulas().show(r"\text{a < b}", "") == '<span class="words">a &lt; b</span>'


def test_formulas_that_differ_are_drawn_differently():
    formulas = Formulas()
    shown = {
        latex: formulas.show(latex, "x") for latex in ("W x", "x W", "W y", r"W^{\mathsf T} x", "-W x", "W_x")
    }
    assert len(set(shown.values())) == len(shown)
    sprite = formulas.sprite()
    for svg in shown.values():
        (name,) = re.findall(r'href="#(f\w+)"', svg)
        assert f'<g id="{name}">' in sprite
    drawn = {
        name: glyphs(body) for name, body in re.findall(r'<g id="(f\w+)">(.*?)</g></g>|$', sprite) if name
    }
    assert len(set(map(tuple, drawn.values()))) >= len(shown) - 2  # "W x" and "W_x" have the same letters
    assert set(glyphs(sprite)) <= set(re.findall(r'<path id="(g\w+)"', sprite))


def test_a_formula_fits_its_box():
    one = Formulas().draw(r"\frac{\partial L}{\partial W} = \sum_{k} g_k")
    left, top, width, height = map(float, one.box.split())
    assert (width, height) == (one.width, one.height)
    assert 0 < one.depth < one.height
    assert top == pytest.approx(one.depth - one.height)
    assert -SIZE < left < SIZE


# --- faults ---


def fault(name):
    (found,) = (one for one in FAULTS if one.name == name)
    return found


def planted(fault, side, directory):
    """Copy a shipped package under a name of its own with one wrong line; give the name."""
    old, new = fault.lines(side)
    name = f"reported_{side}_{re.sub(r'[^a-z]+', '_', fault.name.casefold())}"
    package = {"column": "colnet", "row": "rownet"}[side]
    shutil.copytree(ROOT / package, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    source = directory / name / fault.file
    assert source.read_text().count(old) == 1
    source.write_text(source.read_text().replace(old, new))
    return name


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("db not summed", "bias-gradient", {"bias-gradient": Status.FAILED, "layer": Status.CONFIRMED}),
        (
            "bias subtracted",
            "bias-gradient",
            {"bias-gradient": Status.PREMISE_FAILED, "layer": Status.FAILED},
        ),
    ],
)
def test_a_fault_turns_the_claim_red_everywhere(tmp_path, monkeypatch, side, name, asked, expected):
    monkeypatch.syspath_prepend(tmp_path)
    package = planted(fault(name), side, tmp_path)
    packages = {"column": "colnet", "row": "rownet"} | {side: package}
    options = ("--column", packages["column"], "--row", packages["row"])
    other = SIDES[1 - SIDES.index(side)]

    done = invoke("report", "-o", tmp_path, "--claim", asked, "--jobs", 1, *options)
    assert done.exit_code == 1, done.output
    page = read(_written(tmp_path))
    graph = page.one("svg", class_="graph")
    for claim, status in expected.items():
        article, node = page.one("article", id=claim), graph.one("a", href=f"#{claim}")
        shown = {
            box.classes[1]: re.sub(r"^\W*", "", box.one("p", class_="status").text)
            for box in article.all("div", class_="statement")
        }
        assert shown[side].startswith(str(status))
        assert shown[other].startswith("confirmed")
        assert css(status) in article.classes
        assert css(status) in node.one("g", class_="node").classes
        assert f"{side}: {status}" in node.attributes["aria-label"]
        assert f"{other}: confirmed" in node.attributes["aria-label"]
        if status is Status.FAILED:
            (told,) = article.all("div", class_="failures")
            assert side in told.text
            assert f"{claim}, {side}" in told.text
        if status is Status.PREMISE_FAILED:
            assert any("does not stand: layer" in told.text for told in article.all("p", class_="failures"))

    done = invoke("compare", asked, "--json", *options)
    assert done.exit_code == 1
    (found,) = json.loads(done.output)["claims"]
    compared = {one["convention"]: one["status"] for one in found["status"]}
    record = make([asked], packages=(packages["column"], packages["row"]), jobs=1)
    certified = {(one.id, one.convention): one.status for one in record.predicate.colrow.claims}
    assert record.predicate.result == "FAILED"
    boxes = {box.classes[1]: box for box in page.one("article", id=asked).all("div", class_="statement")}
    for here in SIDES:
        said = re.sub(r"^\W*", "", boxes[here].one("p", class_="status").text)
        assert said.startswith(str(certified[asked, here]))
        assert certified[asked, here] == compared[here]
    assert certified[asked, side] in ("failed", "premise failed")
    assert certified[asked, other] == "confirmed"


@pytest.mark.parametrize("side", SIDES)
def test_a_formula_that_is_right_and_cancels_is_confirmed_and_exceeds_its_bound(tmp_path, monkeypatch, side):
    expanded = Fault("square expanded", LOSS, "((y - t) ** 2).sum", "(y * y - 2 * y * t + t * t).sum", ())
    monkeypatch.syspath_prepend(tmp_path)
    package = planted(expanded, side, tmp_path)
    done = invoke("report", "-o", tmp_path, "--claim", "mse", "--jobs", 1, f"--{side}", package)
    assert done.exit_code == 1, done.output
    assert "2 confirmed" in done.output
    page = read(_written(tmp_path))
    assert page.text.count("exceeded") == 4  # in the table and under it, for two types
    at = SIDES.index(side)
    errors = accuracy(page)["mse"][:4]
    for place, error in enumerate(errors):
        if place % 2 == at:
            assert error.endswith(" exceeded")
            assert float(error.split()[0]) > 1e6
        else:
            assert float(error) <= 3
    assert f"mse, float32, {side}: exceeded" in done.output


# --- the command ---


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run the command as a program: no terminal, no display, no home, and each warning an error."""
    directory = tmp_path_factory.mktemp("report") / "made" / "for it"
    bare = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory.parent.parent),
        "MPLCONFIGDIR": str(directory.parent.parent),
    }
    command = [sys.executable, "-W", "error", "-m", "derivations", "report", "-o", str(directory)]
    done = subprocess.run(
        [*command, "--claim", "eq17", "--claim", "steepest-descent", "--jobs", "2"],
        cwd=ROOT,
        env=bare,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return directory, done


def test_it_needs_no_terminal(run):
    directory, done = run
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout
    first, second = done.stdout.decode().splitlines()
    assert first.startswith(str(directory / build.FILE))
    assert "confirmed" in second
    assert [path.name for path in directory.iterdir()] == [build.FILE]
    assert dangling(read(_written(directory))) == []


def test_processes_and_this_one_write_the_same(run):
    def told(page):
        # Seconds, and the order of the glyphs, are the only things that may differ.
        page = re.sub(r'<svg class="sprite".*?</defs></svg>', "", page, flags=re.DOTALL)
        return re.sub(r"seed 0, \d+ s;", "", page)

    directory, _ = run
    gathered = build.gather(("bias-gradient", "steepest-descent"), jobs=1)
    here = build.render(with_kills(gathered))
    assert told(_written(directory)) == told(here)


def test_importing_the_command_costs_nothing():
    def loaded(module):
        code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "click" in done.stdout.split()
        return set(done.stdout.split())

    own = {"jinja2", "markupsafe", "matplotlib", "ziamath", "ziafont", "selenium"}
    assert not loaded("derivations.cli") & own
    assert not loaded("derivations.report.command") & {*own, "sympy", "mpmath", "numpy", "rich", "pydantic"}


@pytest.mark.parametrize("missing", ["jinja2", "matplotlib", "ziamath"])
def test_a_missing_library_is_named_with_the_way_to_get_it(missing, tmp_path, monkeypatch):
    found = build.util.find_spec
    monkeypatch.setattr(build.util, "find_spec", lambda name: None if name == missing else found(name))
    done = invoke("report", "-o", tmp_path / "r", "--claim", "relu")
    assert done.exit_code == 1
    assert f"needs {missing}:" in done.output
    assert "pip install 'colrow[report]'" in done.output
    assert not (tmp_path / "r").exists()


def test_usage_is_checked_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "gather", lambda *args, **kwargs: pytest.fail("it ran"))
    (tmp_path / "file").write_text("")
    assert invoke("report").exit_code == 2
    assert invoke("report", "-o", tmp_path / "file").exit_code == 2
    assert invoke("report", "-o", tmp_path, "--claim", "nothing").exit_code == 2
    assert invoke("report", "-o", tmp_path, "--jobs", "many").exit_code == 2
    monkeypatch.setenv("PATH", str(tmp_path))
    done = invoke("report", "-o", tmp_path, "--pdf")
    assert done.exit_code == 1
    assert "needs a browser" in done.output


def test_packages_that_are_not_there_or_are_no_packages_are_told(tmp_path):
    done = invoke("report", "-o", tmp_path, "--claim", "relu", "--jobs", 1, "--column", "no_such_package")
    assert done.exit_code == 1
    assert "no_such_package" in done.output
    assert "is the package on the path?" in done.output
    done = invoke("report", "-o", tmp_path, "--claim", "relu", "--jobs", 1, "--column", "rownet")
    assert done.exit_code == 1
    assert "convention" in done.output
    assert list(tmp_path.iterdir()) == []


def test_help_has_an_example():
    done = invoke("report", "--help")
    assert done.exit_code == 0
    assert "Example: colrow report -o" in done.output


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch, facts):
    monkeypatch.setattr(build, "gather", lambda *args, **kwargs: facts)
    path = tmp_path / build.FILE
    path.write_text("what was there before")

    def fail(*args):
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        done = invoke("report", "-o", tmp_path, "--claim", "relu")
    assert done.exit_code == 1
    assert "disk full" in done.output
    assert path.read_text() == "what was there before"
    assert list(tmp_path.iterdir()) == [path]
    assert invoke("report", "-o", tmp_path, "--claim", "relu").exit_code == 0
    assert path.read_text(encoding="utf-8") == build.render(with_kills(facts))
    assert list(tmp_path.iterdir()) == [path]


NOTHING = "kills nothing alone here"
MUTANTS = [
    {"mutant": "a: @ for *", "operator": "product", "claims": ["layer", "bias-gradient"]},
    {"mutant": "b: - for +", "operator": "sign", "claims": ["layer"]},
    {"mutant": "c: 2 for 1", "operator": "number", "claims": []},
    {"mutant": "d: no error", "operator": "statement deletion", "category": "behaviour", "claims": []},
]


def test_kills_that_are_handed_in_are_counted_and_shown(tmp_path, monkeypatch, facts):
    monkeypatch.setattr(build, "gather", lambda *args, **kwargs: facts)
    file = tmp_path / "kills.json"
    # What the file counts is not believed.
    file.write_text(json.dumps({"target": "colnet", "mutants": MUTANTS, "claims": {"layer": {"kills": 99}}}))
    done = invoke("report", "-o", tmp_path, "--claim", "relu", "--kills", file)
    assert done.exit_code == 0, done.output
    section = read(_written(tmp_path)).one("section", id="kills")
    rows = {
        line.one("th").text: [cell.text for cell in line.all("td")] for line in section.one("tbody").all("tr")
    }
    assert rows.keys() == facts.entries.keys()
    assert rows["layer"] == ["2", "1", "needed"]
    assert rows["bias-gradient"] == ["1", "0", KEPT.get("bias-gradient", NOTHING)]
    assert rows["relu"] == ["0", "0", KEPT.get("relu", NOTHING)]
    assert "1 of formulas that no claim kills. 1 of other lines" in section.text
    assert [item.text for item in section.all("li")] == ["c: 2 for 1"]
    assert "not from this run" in section.text
    assert "kills" not in {
        part.attributes["id"] for part in read(build.render(facts)).all("section", class_="chapter")
    }


@pytest.mark.parametrize("package", ["", ".x", "no.such", "__main__"])
def test_what_is_no_package_has_no_digest(monkeypatch, package):
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None, raising=False)
    assert kills.digest_of(package) == ""


def test_kills_of_a_part_of_the_mutants_are_said_to_be_so(tmp_path, monkeypatch, facts):
    monkeypatch.setattr(build, "gather", lambda *args, **kwargs: facts)
    file = tmp_path / "kills.json"
    for population, said in ((1200, True), (2, False)):
        file.write_text(json.dumps({"target": "colnet", "mutants": MUTANTS[:2], "population": population}))
        assert invoke("report", "-o", tmp_path, "--claim", "relu", "--kills", file).exit_code == 0
        text = read(_written(tmp_path)).one("section", id="kills").text
        assert ("1,198 of 1,200 mutants were not run; of the others, each mutant" in text) is said
        assert ("not run" in text) is said


def test_each_claim_is_needed_or_it_is_said_what_for_it_is_kept():
    matrices = kills.shipped(("colnet", "rownet"))
    assert {matrix.target for matrix in matrices} <= {"colnet", "rownet"}
    assert sum(matrix.number for matrix in matrices) > 300
    idle = {claim for claim in claims() if not kills.needed(claim, matrices)}
    assert idle == KEPT.keys()
    assert all(kills.purpose(claim, matrices) == KEPT.get(claim, "needed") for claim in claims())
    assert kills.shipped(("numpy",)) == ()


def test_what_was_shipped_is_shown_and_said_to_be_old_when_the_sources_are_others(
    tmp_path, monkeypatch, facts
):
    monkeypatch.setattr(build, "gather", lambda *args, **kwargs: facts)
    file = tmp_path / "kills-colnet.json"
    monkeypatch.setattr(kills, "MEASURED", tmp_path)
    for sources, said in (
        (kills.digest_of("colnet"), "on the sources of this report"),
        ("0", "on sources that have changed since"),
    ):
        matrix = {"target": "colnet", "measured": "2026-01-02", "sources": sources, "mutants": MUTANTS}
        file.write_text(json.dumps(matrix))
        assert invoke("report", "-o", tmp_path, "--claim", "relu").exit_code == 0
        text = read(_written(tmp_path)).one("section", id="kills").text
        assert f"colnet, measured 2026-01-02 {said}: 1 of formulas that no claim kills" in text
        assert "rownet" not in text
    assert invoke("report", "-o", tmp_path, "--claim", "relu", "--column", "rownet").exit_code == 0
    assert not list(read(_written(tmp_path)).all("section", id="kills"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no matrix"),
        ("{}", "no matrix"),
        (
            '{"target": "colnet", "mutants": [{"mutant": "a", "operator": "b", "claims": ["x"]}]}',
            "not known: x",
        ),
    ],
)
def test_a_file_that_is_no_matrix_is_refused(tmp_path, monkeypatch, text, why):
    monkeypatch.setattr(build, "gather", lambda *args, **kwargs: pytest.fail("it ran"))
    file = tmp_path / "kills.json"
    file.write_text(text)
    done = invoke("report", "-o", tmp_path, "--claim", "relu", "--kills", file)
    assert done.exit_code == 2
    assert why in " ".join(done.output.split())


def test_everything_is_open_on_paper(facts):
    shut, opened = (read(build.render(facts, opened=opened)) for opened in (False, True))
    assert not any("open" in element.attributes for element in shut.all("details"))
    assert all("open" in element.attributes for element in opened.all("details"))

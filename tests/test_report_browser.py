"""The report in a real browser: it loads nothing, logs nothing, fits, reads aloud, and prints.

The page is a small one; COLROW_REPORT=DIR names the directory of a full one that is to be driven instead.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations.cli import main

EXTRA = "pip install '.[test,browser]'"
webdriver = pytest.importorskip("selenium.webdriver", reason=f"driving a browser needs selenium: {EXTRA}")
axe = pytest.importorskip("axe_core_python.selenium", reason=f"axe-core is not installed: {EXTRA}")
build = pytest.importorskip("derivations.report.build")
for _needed in build.NEEDED:
    pytest.importorskip(_needed, reason=f"the report needs {_needed}: {EXTRA}")

from selenium.common.exceptions import WebDriverException  # noqa: E402

from derivations.report import pdf  # noqa: E402

BROWSER = next(filter(None, map(shutil.which, pdf.BROWSERS)), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    BROWSER is None or DRIVER is None,
    reason="there is no Chromium with its driver: apt-get install chromium-driver",
)

# With the widest formulas, all kinds of pictures, printed forms, tables and errata.
CHOSEN = ("binary-cross-entropy", "tanh", "weight-update", "activation-necessary")
DESKTOP, PHONE = (1280, 900), (390, 844)
PAPER = (687, 1000)  # 182 mm: A4 within its margins
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Give the file of the page that is driven."""
    given = os.environ.get("COLROW_REPORT")
    if given:
        return Path(given).resolve() / build.FILE
    file = tmp_path_factory.mktemp("report") / build.FILE
    file.write_text(build.render(build.gather(CHOSEN, jobs=1)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (*pdf.QUIET, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    try:
        driver = webdriver.Chrome(options=options, service=service)
    except WebDriverException as error:
        pytest.skip(f"the browser does not start here: {error.msg}")
    driver.set_script_timeout(300)
    yield driver
    driver.quit()


def show(driver, path, size=DESKTOP, scheme="light", opened=False, media="screen"):
    """Load a page as a device would; give the addresses that it asked for and what it logged."""
    driver.get("about:blank")
    for log in ("browser", "performance"):
        driver.get_log(log)
    width, height = size
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    driver.get(path.as_uri())
    if opened:
        unfold(driver)
    time.sleep(0.3)  # what is asked for late is asked for by now
    asked = []
    for line in driver.get_log("performance"):
        message = json.loads(line["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    return asked, driver.get_log("browser")


def unfold(driver):
    driver.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")


def broken(driver):
    """Give the links on the page that lead nowhere."""
    return driver.execute_script(
        "return [...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href'))"
        ".filter(to => !to.startsWith('#') || !document.getElementById(to.slice(1)))"
    )


def unnamed(driver):
    """Give the outermost pictures that a reader of the screen has no words for."""
    return driver.execute_script(
        """return [...document.querySelectorAll('svg, img, [role=img]')]
            .filter(one => !one.parentElement.closest('svg, [role=img]') && !one.closest('[aria-hidden=true]'))
            .filter(one => !(one.getAttribute('aria-label') || one.getAttribute('alt')
                || (one.getAttribute('aria-labelledby') || '').split(' ')
                    .map(name => document.getElementById(name)?.textContent).join('')))
            .map(one => one.outerHTML.slice(0, 200))"""
    )


def overflow(driver):
    """Say by how many pixels the page is wider than the window."""
    return driver.execute_script(
        "const page = document.documentElement; window.scrollTo(9999, 0); const by = window.scrollX;"
        "window.scrollTo(0, 0); return Math.max(by, page.scrollWidth - page.clientWidth)"
    )


def cut_off(driver):
    """Give the formulas that stick out of what holds them, or whose glyphs stick out of their own box."""
    return driver.execute_script(
        """return [...document.querySelectorAll('svg.f')].filter(one => {
            const holder = one.closest('.scroll') ? null : one.closest('p, li, div, td, th');
            const box = one.getBoundingClientRect();
            if (box.width === 0) return false;
            if (holder && box.right > holder.getBoundingClientRect().right + 1) return true;
            const inner = one.getBBox(), view = one.viewBox.baseVal, slack = 2;
            return inner.x < view.x - slack || inner.y < view.y - slack
                || inner.x + inner.width > view.x + view.width + slack
                || inner.y + inner.height > view.y + view.height + slack;
        }).map(one => one.parentElement.getAttribute('aria-label'))"""
    )


def serious(driver):
    """Run axe-core; give the rules that are broken seriously, with the first place of each.

    The lines within pictures are taken out before: each picture is one image with one text for a reader of the screen,
    which `unnamed` sees to, and axe-core would look at every glyph.
    """
    driver.execute_script(
        "document.querySelectorAll('svg.sprite, .panel[role=img] > svg, [role=img] > svg.f')"
        ".forEach(one => one.replaceChildren())"
    )
    found = axe.Axe().run(driver, options={"resultTypes": ["violations"]})
    assert found["passes"]
    return [
        f"{rule['id']}: {rule['nodes'][0]['html'][:300]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_it_asks_for_nothing_and_complains_of_nothing(driver, path, size, scheme):
    asked, log = show(driver, path, size, scheme)
    # The icon is empty, and stands in the page.
    assert {url for url in asked if not url.startswith("data:")} == {path.as_uri()}
    assert log == []


@pytest.mark.parametrize("size", [PHONE, (320, 640), DESKTOP], ids=["phone", "small phone", "desktop"])
def test_nothing_is_wider_than_the_window_or_cut_off(driver, path, size):
    show(driver, path, size)
    assert driver.execute_script("return document.querySelectorAll('svg.f').length") > 100
    assert overflow(driver) == 0
    unfold(driver)
    assert overflow(driver) == 0
    assert cut_off(driver) == []


def test_it_fits_on_paper(driver, path):
    show(driver, path, PAPER, opened=True, media="print")
    assert overflow(driver) == 0
    assert cut_off(driver) == []


def test_links_lead_somewhere_and_pictures_have_words(driver, path):
    show(driver, path)
    assert broken(driver) == []
    assert unnamed(driver) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_link_shows_what_it_leads_to(driver, path, size):
    show(driver, path, size)
    for link in ("nav a[href='#errata']", ".ledger tbody tr:last-child a", ".graph a:last-of-type"):
        top, bottom, bar, high = driver.execute_script(
            """const link = document.querySelector(arguments[0]);
            location.hash = link.getAttribute('href');
            const box = document.getElementById(location.hash.slice(1)).getBoundingClientRect();
            const bar = document.querySelector('nav').getBoundingClientRect();
            return [box.top, box.bottom, bar.bottom, innerHeight]""",
            link,
        )
        assert bar - 1 <= top < high, link
        assert bottom > bar


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(driver, path, size, scheme):
    show(driver, path, size, scheme, opened=True)
    assert serious(driver) == []


def test_light_and_dark_are_light_and_dark(driver, path):
    def brightness(selector, what):
        colour = driver.execute_script(
            "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", selector, what
        )
        return sum(map(float, colour.split("(")[1].rstrip(")").split(",")[:3])) / 3

    for scheme in SCHEMES:
        show(driver, path, scheme=scheme)
        ground, ink = brightness("body", "backgroundColor"), brightness("body", "color")
        assert (ground > 200 and ink < 60) if scheme == "light" else (ground < 60 and ink > 200)
        for drawn in ("fill", "stroke"):
            part = {"fill": "svg.f", "stroke": ".panel svg .wire"}[drawn]
            assert abs(brightness(part, drawn) - ground) > 60


def test_it_prints(tmp_path):
    done = CliRunner().invoke(
        main, ["report", "-o", str(tmp_path), "--claim", "relu", "--jobs", "1", "--pdf"]
    )
    assert done.exit_code == 0, done.output
    page = tmp_path / build.FILE
    assert sorted(tmp_path.iterdir()) == [page, page.with_suffix(".pdf")]
    printed = page.with_suffix(".pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert printed.rstrip().endswith(b"%%EOF")
    # Who prints the page himself gets it unfolded as well.
    text = page.read_text(encoding="utf-8")
    assert "<details>" in text
    by_hand = pdf.print_page(pdf.browser(), text)
    assert len(by_hand) == pytest.approx(len(printed), rel=0.02)
    folded = pdf.print_page(pdf.browser(), text.replace("details::details-content", "details.none"))
    assert len(folded) < 0.8 * len(printed)


def test_a_browser_that_does_not_print_is_told():
    with pytest.raises(pdf.NoBrowser, match="did not print"):
        pdf.print_page(shutil.which("false") or sys.exit("no false"), "<p>")


@pytest.mark.skipif(
    "COLROW_REPORT" not in os.environ, reason="COLROW_REPORT names no directory with a full report"
)
def test_the_full_page_is_small_and_complete(path):
    from derivations.registry import claims

    from .pages import dangling, outside, read, silent

    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 3_000_000
    page = read(text)
    assert {article.attributes["id"] for article in page.all("article", class_="claim")} == set(claims())
    assert dangling(page) == outside(page) == silent(page) == []


# --- these tests can fail ---

BAD = """<!DOCTYPE html><html lang="en"><head><title>Bad</title><meta name="viewport" content="width=device-width">
<style>p{color:#ccc;background:#fff}div{width:2000px}</style></head><body><main>
<p>Nobody can read this, it is grey on white.</p><div>wide</div><a href="#nowhere">nowhere</a>
<svg class="f" width="20" height="20" viewBox="0 0 10 10"><rect x="5" y="5" width="20" height="2"/></svg>
<img src="http://127.0.0.1:9/picture.png"><script>console.error("a complaint")</script></main></body></html>"""


def test_a_bad_page_is_found_out(driver, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text(BAD, encoding="utf-8")
    asked, log = show(driver, bad, PHONE)
    assert "http://127.0.0.1:9/picture.png" in asked
    assert any("a complaint" in line["message"] for line in log)
    assert overflow(driver) > 1000
    assert broken(driver) == ["#nowhere"]
    assert len(unnamed(driver)) == 2
    assert len(cut_off(driver)) == 1
    assert {rule.split(":")[0] for rule in serious(driver)} >= {"color-contrast", "image-alt"}

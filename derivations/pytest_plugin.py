"""The pytest plugin: ``pytest --colrow package.module:subject``.

pytest imports this at every start, so that nothing is imported here before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .check.apart import Apart


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    from .check.limits import TIMEOUT  # light

    group = parser.getgroup("colrow", "check an implementation of backpropagation")
    group.addoption(
        "--colrow",
        action="append",
        default=[],
        metavar="PACKAGE.MODULE:SUBJECT",
        help="check this subject: one test for each claim that it offers a door for",
    )
    group.addoption(
        "--colrow-timeout",
        type=float,
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"for each rung of each part ({TIMEOUT:g})",
    )
    group.addoption("--colrow-sample", action="store_true", help="floats only: no attempt to run on symbols")
    group.addoption(
        "--colrow-seed", type=int, default=0, metavar="N", help="for everything that is drawn (0)"
    )
    group.addoption(
        "--colrow-expect", action="append", default=[], metavar="ID=REASON", help="known to fail, and why"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Leave the project's own tests alone when nothing but a subject was named."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if config.getoption("--colrow") and not named:
        config.args = []


class Subject(pytest.Collector):
    """A subject, and its process."""

    apart: Apart

    def collect(self) -> list[pytest.Item]:
        """Give a test for each claim."""
        from .check.apart import Apart, Options, Stopped
        from .check.limits import reasons

        option = self.config.getoption
        expected = reasons(option("--colrow-expect"))
        options = Options(sample=option("--colrow-sample"), seed=option("--colrow-seed"), expected=expected)
        try:
            self.apart = Apart(self.name, options, option("--colrow-timeout"))
        except Stopped as error:
            raise self.CollectError(str(error)) from None
        self.apart.close()  # started again when the first test runs
        told = self.apart.told
        items = [
            Check.from_parent(self, name=f"{claim}-{told.convention}", claim=claim) for claim in told.claims
        ]
        return list(items)

    def teardown(self) -> None:
        """End the process."""
        self.apart.close()


class Check(pytest.Item):
    """One claim."""

    def __init__(self, *, claim: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.claim = claim

    def runtest(self) -> None:
        """Check it."""
        from .check.parametrizing import judge

        subject = self.parent
        if not isinstance(subject, Subject):
            raise TypeError(subject)
        judge(subject.apart.run(self.claim))

    def reportinfo(self) -> tuple[str, None, str]:
        """Name the test."""
        return self.parent.name if self.parent else "", None, self.name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the tests, before others are chosen by name."""
    for place in dict.fromkeys(session.config.getoption("--colrow")):
        subject = Subject.from_parent(session, name=place, nodeid=place)
        hook = subject.ihook
        hook.pytest_collectstart(collector=subject)
        report = hook.pytest_make_collect_report(collector=subject)
        hook.pytest_collectreport(
            report=report
        )  # so that they are counted, and a failure is one of collection
        items.extend(item for item in report.result or () if isinstance(item, pytest.Item))

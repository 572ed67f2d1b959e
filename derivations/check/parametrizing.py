"""A subject as pytest tests: one for each claim that it offers a door for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .report import Answer, ClaimReport

if TYPE_CHECKING:
    from ..subject import Subject


def judge(report: ClaimReport) -> None:
    """Turn the report of a claim into the outcome of a test.

    A claim that is expected to fail and does is an expected failure; one that passes fails the test.
    """
    import pytest

    if report.verdict is Answer.NOT_RUN:
        pytest.skip(report.message())
    if report.expected and report.ok:
        pytest.xfail(report.expected)
    if not report.ok:
        pytest.fail(report.message(), pytrace=False)


def parametrize_with_claims(
    subject: Subject | str,
    *,
    names: Sequence[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    sample: bool = False,
    seed: int = 0,
    fast: bool = False,
    timeout: float | None = None,
) -> Callable[[Any], Any]:
    """Parametrize a test over the claims of a subject, with ids such as ``weight-gradient-column``.

    The test gets an argument ``check``, to be called without arguments.

    Parameters
    ----------
    subject : Subject or str
        As ``package.module:name`` it is checked in a process of its own, with a time limit for each check.
    names, expected_failures, sample, seed, fast
        See `derivations.check.running.check`.
    timeout : float, optional
        Seconds for each rung of each part; only for a subject that is named.

    Examples
    --------
    ::

        @parametrize_with_claims(subject)
        def test_my_network(check):
            check()
    """
    import pytest

    if isinstance(subject, str):
        runs = _apart(subject, names, expected_failures, sample, seed, fast, timeout)
    else:
        if timeout is not None:
            raise ValueError(
                "a time limit needs a process of its own: name the subject, 'package.module:name'"
            )
        runs = _here(subject, names, expected_failures, sample, seed, fast)
    return pytest.mark.parametrize("check", [pytest.param(run, id=label) for label, run in runs])


def _here(
    subject: Subject,
    names: Sequence[str] | None,
    expected: Mapping[str, str] | None,
    sample: bool,
    seed: int,
    fast: bool,
) -> list[tuple[str, Callable[[], None]]]:
    from .running import check_claim, not_offered, planned

    plan = planned(subject, expected, names)

    def run(name: str) -> None:
        why, laws = plan.expected.get(name, ""), plan.laws[name]
        if not laws:
            return judge(not_offered(name, subject, why))
        return judge(check_claim(subject, name, laws, sample=sample, seed=seed, fast=fast, expected=why))

    return [(f"{name}-{subject.convention.name}", lambda name=name: run(name)) for name in plan.laws]  # type: ignore[misc]


def _apart(
    place: str,
    names: Sequence[str] | None,
    expected: Mapping[str, str] | None,
    sample: bool,
    seed: int,
    fast: bool,
    timeout: float | None,
) -> list[tuple[str, Callable[[], None]]]:
    from .apart import Apart, Options
    from .limits import TIMEOUT

    options = Options(sample=sample, seed=seed, fast=fast, names=names, expected=dict(expected or {}))
    apart = Apart(place, options, TIMEOUT if timeout is None else timeout)
    apart.close()  # started again when the first test runs
    return [
        (f"{name}-{apart.told.convention}", lambda name=name: judge(apart.run(name)))  # type: ignore[misc]
        for name in apart.told.claims
    ]

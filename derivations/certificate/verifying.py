"""Verify a certificate: recompute everything in it that can be recomputed, and tell every difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ..ledger import PACKAGES
from .making import Progress, SourcesChanged, make
from .models import Certificate
from .sources import digests, versions

LARGEST = 64 * 2**20
STATED = ("predicate", "colrow", "stated")
VERSIONS = ("predicate", "colrow", "versions")


@dataclass(frozen=True)
class Verdict:
    """What became of a certificate; refused when there is any reason."""

    reasons: tuple[str, ...]
    certificate: Certificate | None = None
    notes: tuple[str, ...] = ()
    stated: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether everything that can be recomputed is as the certificate says."""
        return not self.reasons


class _NotOneWay(ValueError):
    """JSON that readers may take in different ways."""


def _read(text: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in items:
            if name in found:
                raise _NotOneWay(f"the field {name!r} stands there twice")
            found[name] = value
        return found

    def constant(name: str) -> Any:
        raise _NotOneWay(f"{name} is no JSON")

    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)


def verify(
    text: str,
    *,
    packages: Sequence[str] = PACKAGES,
    other_versions: bool = False,
    jobs: int = 1,
    progress: Progress = lambda claim, convention: None,
) -> Verdict:
    """Verify the text of a certificate against the sources and packages that are here.

    Parameters
    ----------
    text : str
        The file's content.
    packages : sequence of str
        Which column and row package may be imported and run: a file is no authority for that.
    other_versions : bool
        Whether it may have been made with other versions than are here; they are only stated then.
    jobs, progress
        As for `confirm`.
    """
    if len(text) > LARGEST:
        return Verdict((f"the file is larger than {LARGEST:,} characters: no certificate",))
    try:
        data = _read(text)
        certificate = Certificate.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        return Verdict((f"no certificate of this form: {place}: {first['msg']}",))
    except (ValueError, RecursionError) as error:
        return Verdict((f"no JSON that can be read in one way only: {error}",))
    named = (certificate.settings.column, certificate.settings.row)
    if named != tuple(packages):
        told = f"it is about the packages {' and '.join(named)}, not {' and '.join(packages)}"
        return Verdict((f"{told}: name them with --column and --row to have them run",), certificate)
    reasons = list(_sources(certificate))
    own = versions().model_dump(mode="json", by_alias=True)
    claimed = certificate.predicate.colrow.versions.model_dump(mode="json", by_alias=True)
    unlike = [f"{name} {claimed[name]}, here {own[name]}" for name in own if claimed[name] != own[name]]
    notes = []
    if unlike and other_versions:
        notes.append("only stated, other versions are here: " + "; ".join(unlike))
    elif unlike:
        reasons += [f"made with {one}" for one in unlike]
    stated = certificate.predicate.colrow.stated.model_dump(mode="json", by_alias=True)
    if reasons:
        return Verdict(tuple(reasons), certificate, tuple(notes), stated)
    settings = certificate.settings
    try:
        again = make(
            settings.claims,
            packages=(settings.column, settings.row),
            seed=settings.seed,
            jobs=jobs,
            progress=progress,
        )
    except (ImportError, SourcesChanged) as error:
        return Verdict((f"the run could not be repeated: {error}",), certificate, tuple(notes), stated)
    skip = (STATED, VERSIONS) if other_versions else (STATED,)
    reasons = [
        f"{_told(place)}: the certificate says {_short(claimed_value)}, the repeated run {_short(found)}"
        for place, claimed_value, found in _differences(data, again.data(), (), skip)
    ]
    return Verdict(tuple(reasons), certificate, tuple(notes), stated)


def _sources(certificate: Certificate) -> Iterator[str]:
    settings = certificate.settings
    try:
        here = {source.name: source.digest.sha256 for source in digests(settings.column, settings.row)}
    except ImportError as error:
        yield f"a package that it speaks of is not here: {error}"
        return
    said = {source.name: source.digest.sha256 for source in certificate.subject}
    if len(said) != len(certificate.subject):
        yield "a source is listed twice"
    for name in sorted({*here, *said}):
        if name not in said:
            yield f"source {name}: is here, but the certificate does not list it"
        elif name not in here:
            yield f"source {name}: the certificate lists it, but it is not here"
        elif here[name] != said[name]:
            yield f"source {name}: SHA-256 here is {here[name]}, the certificate says {said[name]}"


_ABSENT = object()


def _differences(
    claimed: Any, found: Any, place: tuple[Any, ...], skip: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """Walk through two trees of data and give every place at which they differ."""
    if place in skip:
        return
    if isinstance(claimed, dict) and isinstance(found, dict):
        for name in dict.fromkeys([*found, *claimed]):
            yield from _differences(
                claimed.get(name, _ABSENT), found.get(name, _ABSENT), (*place, name), skip
            )
    elif isinstance(claimed, list) and isinstance(found, list):
        for number in range(max(len(claimed), len(found))):
            one = claimed[number] if number < len(claimed) else _ABSENT
            two = found[number] if number < len(found) else _ABSENT
            yield from _differences(one, two, (*place, _named(number, one, two)), skip)
    elif type(claimed) is not type(found) or claimed != found:
        yield place, claimed, found


def _named(number: int, *items: Any) -> str:
    """Name an item of a list by what it is about."""
    for item in items:
        if isinstance(item, dict):
            parts = [str(item[key]) for key in ("id", "convention", "part", "level", "name") if key in item]
            if parts:
                return f"{number} ({', '.join(parts)})"
    return str(number)


def _told(place: tuple[Any, ...]) -> str:
    return ".".join(map(str, place))


def _short(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "…"

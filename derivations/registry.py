"""All claims by id, in the order of the paper, and their aliases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from .claim import Claim

SECTIONS = (
    "s2_2_components",
    "s2_3_forward",
    "s3_2_losses",
    "s3_3_backward",
    "s3_3_updates",
    "s4_listing",
    "s4_and",
    "a_collapse",
    "b_conventions",
)


class UnknownClaim(KeyError):
    """No claim has this id or alias."""

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def claims() -> Mapping[str, Claim]:
    """Return every claim by its id.

    Raises
    ------
    ValueError
        When an id or alias is taken twice, a claim uses one that does not exist, or uses go in a circle.
    """
    found: dict[str, Claim] = {}
    for section in SECTIONS:
        for claim in import_module(f".claims.{section}", __package__).CLAIMS:
            if claim.id in found:
                raise ValueError(f"two claims are called {claim.id}")
            found[claim.id] = claim
    order(found)
    return MappingProxyType(found)


def order(found: Mapping[str, Claim]) -> tuple[str, ...]:
    """Return the ids so that each comes after what it uses."""
    done: dict[str, bool] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(
                "claims use each other in a circle: " + " -> ".join([*path[path.index(name) :], name])
            )
        if name in done:
            return
        for used in found[name].uses:
            if used not in found:
                raise ValueError(f"claim {name} uses {used}, which does not exist")
            visit(used, (*path, name))
        done[name] = True

    for name in found:
        visit(name, ())
    return tuple(done)


@cache
def aliases() -> Mapping[str, str]:
    """Return the id for each alias and each id."""
    found = {name: name for name in claims()}
    for claim in claims().values():
        for alias in claim.aliases:
            if alias in found:
                raise ValueError(f"two claims are called {alias}")
            found[alias] = claim.id
    return MappingProxyType(found)


def resolve(names: Iterable[str]) -> tuple[str, ...]:
    """Return the ids for names that may be aliases.

    Raises
    ------
    UnknownClaim
        With the nearest names.
    """
    from difflib import get_close_matches

    result = []
    for name in names:
        key = name.strip().lower().replace("(", "").replace(")", "")
        key = f"eq{key}" if key.isdigit() else key
        if key not in aliases():
            near = get_close_matches(key, aliases(), n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UnknownClaim(f"no claim is called {name!r}{hint}")
        result.append(aliases()[key])
    return tuple(dict.fromkeys(result))

"""Every erratum by id, and the runner that computes what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from time import perf_counter
from types import MappingProxyType

from .erratum import (
    Erratum,
    ErratumResult,
    FormRecord,
    HoldsAsPrinted,
    NotShown,
    Proof,
    ProofRecord,
    Refutation,
    RefutationRecord,
    Status,
)

SECTIONS = (
    "s2_components",
    "s3_losses",
    "s3_backward",
    "s3_updates",
    "s4_listing",
    "s4_training",
    "a_collapse",
    "b_row",
)


class UnknownErratum(KeyError):
    """No erratum has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def errata() -> Mapping[str, Erratum]:
    """Return every erratum by its id, in order.

    Raises
    ------
    ValueError
        When an id is taken twice.
    """
    listed: list[Erratum] = []
    for section in SECTIONS:
        listed.extend(import_module(f".{section}", __package__).ERRATA)
    ids = [item.id for item in listed]
    if len(set(ids)) != len(ids):
        raise ValueError(f"an id is taken twice in {sorted(ids)}")
    return MappingProxyType({item.id: item for item in sorted(listed, key=lambda item: item.id)})


def resolve(names: Iterable[str]) -> tuple[Erratum, ...]:
    """Find errata by id, in any case.

    Raises
    ------
    UnknownErratum
        When there is none of this id.
    """
    known = errata()
    for name in names:
        if name.upper() not in known:
            raise UnknownErratum(f"no erratum {name!r}; there are {min(known)} to {max(known)}")
    return tuple(known[name] for name in dict.fromkeys(name.upper() for name in names))


def run_errata(ids: Iterable[str] | None = None) -> list[ErratumResult]:
    """Refute and prove each entry, and say what came of it.

    Parameters
    ----------
    ids : iterable of str, optional
        Which ones; all of them by default.
    """
    return [run_erratum(item) for item in (errata().values() if ids is None else resolve(ids))]


def run_erratum(erratum: Erratum) -> ErratumResult:
    """Run one entry; whatever goes wrong makes it `failed`, never `shown`."""
    start = perf_counter()
    refutation: Refutation | None = None
    proof: Proof | None = None
    holds = False
    details: list[str] = []
    try:
        refutation = erratum.refute()
    except HoldsAsPrinted as found:
        holds = True
        details.append(str(found))
    except Exception as error:
        details.append(_told(error))
    try:
        proof = erratum.prove()
    except Exception as error:
        details.append(_told(error))
    status: Status = "failed"
    if proof is not None and refutation is not None:
        status = "shown"
    elif proof is not None and holds:
        status = "right as printed"
    return ErratumResult(
        id=erratum.id,
        kind=erratum.kind,
        place=erratum.place,
        title=erratum.title,
        status=status,
        printed=FormRecord(text=erratum.printed.text, latex=erratum.printed.latex),
        corrected=FormRecord(text=erratum.corrected.text, latex=erratum.corrected.latex),
        refutation=RefutationRecord(**vars(refutation)) if refutation else None,
        proof=ProofRecord(**vars(proof)) if proof else None,
        claims=erratum.claims,
        remark=erratum.remark,
        detail="\n".join(details),
        seconds=perf_counter() - start,
    )


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, NotShown) else f"{type(error).__name__}: {error}"

"""Weight files: `.npz` archives of plain arrays that say their convention. No pickles, neither written nor read.

================  ====================================================================
``format``        ``"colrow-weights-1"``
``convention``    ``"column"`` or ``"row"``
``layers``        what each layer is, in order: dense, relu, sigmoid, tanh, softmax
``W1``, ``b1``    of the first dense layer; ``W2``, ``b2`` of the second, and so on
================  ====================================================================
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..certificate.writing import write_whole
from ..convention import Convention, convention_of
from .arrays import Array
from .errors import NotAWeightFile, NotConvertible, WrongConvention
from .networks import of_network
from .weights import DENSE, Weights, convention_of_package

FORMAT = "colrow-weights-1"


def save(path: str | os.PathLike[str], network: Any, *, finite: bool = True) -> Weights:
    """Write the parameters of a network, or `Weights`, to an `.npz` file; its convention is recorded.

    The file is written whole or not at all: what was there before stays if that fails.

    Returns
    -------
    Weights
        What was written.

    Raises
    ------
    NotConvertible
        When a layer cannot be stored: a custom activation, say, which is code.
    OSError
        When the file cannot be written.
    """
    weights = network if isinstance(network, Weights) else of_network(network, finite=finite)
    arrays: dict[str, Array] = {
        "format": np.array(FORMAT),
        "convention": np.array(weights.convention.name),
        "layers": np.array(weights.kinds),
    }
    for place, (W, b) in enumerate(weights.pairs, start=1):
        arrays[f"W{place}"], arrays[f"b{place}"] = W, b
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    write_whole(Path(path), content.getvalue())
    return weights


def read(path: str | os.PathLike[str], *, finite: bool = True) -> Weights:
    """Read a weight file in whatever convention it is: the result says which.

    Raises
    ------
    NotAWeightFile
        When it is none, or damaged, or holds anything but plain arrays.
    OSError
        When it cannot be read.
    """
    found = _arrays(Path(path))
    told = found.pop("format", None)
    if told is None or str(told) != FORMAT:
        record = "records no format" if told is None else f"is of the format {str(told)[:40]!r}"
        raise NotAWeightFile(
            f"{path}: no weight file of Colrow: it {record}, and {FORMAT!r} is known; so it does not say in which"
            " convention its weights are. Say it with of_pairs, and save"
        )
    convention, kinds = found.pop("convention", None), found.pop("layers", None)
    if convention is None or convention.dtype.kind != "U" or convention.ndim:
        raise NotAWeightFile(f"{path}: it records no convention")
    if kinds is None or kinds.dtype.kind != "U" or kinds.ndim != 1:
        raise NotAWeightFile(f"{path}: it records no list of layers")
    layers: list[tuple[Any, ...]] = []
    for kind in map(str, kinds):
        if kind == DENSE:
            place = sum(layer[0] == DENSE for layer in layers) + 1
            missing = [name for name in (f"W{place}", f"b{place}") if name not in found]
            if missing:
                raise NotAWeightFile(f"{path}: {' and '.join(missing)} of a dense layer is missing")
            layers.append((DENSE, found.pop(f"W{place}"), found.pop(f"b{place}")))
        else:
            layers.append((kind,))
    if found:
        raise NotAWeightFile(f"{path}: it holds more than its layers: {', '.join(sorted(found))[:200]}")
    try:
        return Weights(str(convention), layers, finite=finite)
    except ValueError as error:
        raise NotAWeightFile(f"{path}: {error}") from None


def load(path: str | os.PathLike[str], into: ModuleType | Convention | str, *, finite: bool = True) -> Any:
    """Read a weight file into a package, or as `Weights` of a convention: only the one that the file records.

    Square weights would fit into the other convention as well, and compute something else: the record decides.

    Parameters
    ----------
    path : path
        Of a file that `save` wrote.
    into : package, or "column" or "row"
        With `colnet` or `rownet` a network of that package is built.

    Raises
    ------
    WrongConvention
        When the file is of the other convention. The text says how to convert it.
    NotAWeightFile, OSError
        As for `read`.
    """
    package = into if isinstance(into, ModuleType) else None
    wanted = convention_of_package(package) if package is not None else _named(into)
    weights = read(path, finite=finite)
    if weights.convention != wanted:
        asker = f"{package.__name__} is of" if package is not None else "they were asked for in"
        raise WrongConvention(
            f"{path} holds weights in the {weights.convention.name} convention; {asker} the {wanted.name} convention."
            f" Convert them: colrow convert {path} OUT.npz --to {wanted.name}; or in Python:"
            f" derivations.converting.read({str(path)!r}).to({wanted.name!r})"
        )
    return weights.network(package) if package is not None else weights


def _named(into: Any) -> Convention:
    if not isinstance(into, (str, Convention)):
        raise NotConvertible(f"{into!r} is neither a package nor a convention")
    return convention_of(into)


def _arrays(path: Path) -> dict[str, Array]:
    """Read every array of an archive."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise NotAWeightFile(f"{path}: no .npz archive, or damaged")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if len(set(archive.files)) != len(archive.files):
                raise NotAWeightFile(f"{path}: an array is there twice")
            found = {name: archive[name] for name in archive.files}
    except NotAWeightFile:
        raise
    except Exception as error:  # bytes from anywhere: NumPy and zipfile raise almost anything on them
        raise NotAWeightFile(f"{path}: damaged, or not of plain arrays ({error})") from None
    for name, array in found.items():
        if not isinstance(array, np.ndarray):  # a member that is no .npy comes as bytes
            raise NotAWeightFile(f"{path}: {name} is no array")
    return found

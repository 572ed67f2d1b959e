"""What was checked, and with what: digests of the sources, versions of what ran them."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import __version__
from .models import Digest, Source, Versions


def sha256(data: bytes) -> str:
    """Give the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical(data: Any) -> bytes:
    """Write data as JSON in one way only: keys sorted, no spaces, UTF-8."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digests(*packages: str) -> list[Source]:
    """Digest every source file of these packages and of the derivations."""
    found = _files("derivations", Path(__file__).parent.parent)
    for name in packages:
        file = Path(str(import_module(name).__file__))
        home = name.replace(".", "/")
        if file.name == "__init__.py":
            found |= _files(home, file.parent)
        else:
            found[f"{home}{file.suffix}"] = file
    return [
        Source(name=name, digest=Digest(sha256=sha256(path.read_bytes())))
        for name, path in sorted(found.items())
    ]


def _files(home: str, root: Path) -> dict[str, Path]:
    return {f"{home}/{path.relative_to(root).as_posix()}": path for path in root.rglob("*.py")}


def versions() -> Versions:
    """Tell what a run is made with."""
    import mpmath
    import numpy as np
    import sympy

    return Versions(
        colrow=__version__,
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        numpy=np.__version__,
        sympy=sympy.__version__,
        mpmath=mpmath.__version__,
        blas=_blas(),
        system=platform.system(),
        machine=platform.machine(),
    )


def _blas() -> str:
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    found = config.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()

"""Put a mutant in the place of the shipped module, in this process; meant for a forked child."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType | None:
        del fullname
        return self._code


class _Finder(MetaPathFinder):
    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, str(path), code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname != self.name:
            return None
        package = [str(Path(self.path).parent)] if self.path.endswith("__init__.py") else None
        loader = _Loader(fullname, self.path, self.code)
        return spec_from_file_location(fullname, self.path, loader=loader, submodule_search_locations=package)


def module_name(file: str) -> str:
    """Give the module that a file is."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def plant(root: Path, file: str, code: CodeType) -> None:
    """Let the next import of the file's package take this code for the file; what was imported is forgotten."""
    package = file.split("/", 1)[0]
    forget(package)
    sys.meta_path.insert(0, _Finder(module_name(file), root / file, code))


def forget(package: str) -> None:
    """Take a package and its modules out of `sys.modules`."""
    for name in list(sys.modules):
        if name == package or name.startswith(package + "."):
            del sys.modules[name]

"""A subject by its address: ``package.module:name``, or the name of a package such as `colnet`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..subject import NoSubject, Subject, look_beside_the_caller, package_subject


class NoSubjectThere(Exception):
    """There is no subject at an address; the text says what is."""


def subject_at(place: str) -> Subject:
    """Import a subject.

    Parameters
    ----------
    place : str
        ``package.module:name``, where the name is that of a subject, or of a function without arguments that
        makes one; or the name of a package with the public names of `colnet` and `rownet`.

    Raises
    ------
    NoSubjectThere
        When there is none; an error in the module itself is passed on.
    """
    module_name, _, name = place.partition(":")
    look_beside_the_caller()
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise
        raise NoSubjectThere(f"there is no module {error.name!r} on the path, for {place!r}") from None
    except (ValueError, TypeError):
        raise NoSubjectThere(f"{place!r} is not of the form package.module:name") from None
    if not name:
        try:
            return package_subject(module_name)
        except NoSubject as error:
            raise NoSubjectThere(f"{error}; or name a subject: {module_name}:NAME") from None
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            there = [key for key, value in vars(module).items() if isinstance(value, Subject)]
            known = f"; its subjects: {', '.join(there)}" if there else ""
            raise NoSubjectThere(f"{module_name} has no {name!r}{known}")
        found = getattr(found, part)
    if not isinstance(found, Subject) and callable(found) and not isinstance(found, type):
        found = found()
    if not isinstance(found, Subject):
        raise NoSubjectThere(
            f"{place} is a {type(found).__name__}, not a subject; see derivations.adapters for ways to make one"
        )
    return found

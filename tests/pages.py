"""Reads a page of HTML as a tree, strictly: a tag that is not closed is an error. For the tests of the report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}
REFERENCES = ("aria-labelledby", "aria-describedby", "for")


@dataclass
class Element:
    """An element: its tag, its attributes, and its text and elements in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    parent: Element | None = field(default=None, repr=False)

    def all(self, tag: str = "", **attributes: str) -> Iterator[Element]:
        """Give the elements below with this tag and these attributes; a class is one of its classes."""
        for child in self.children:
            if isinstance(child, Element):
                if (not tag or child.tag == tag) and all(
                    value in child.attributes.get(name.rstrip("_").replace("_", "-"), "").split()
                    if name == "class_"
                    else child.attributes.get(name.replace("_", "-")) == value
                    for name, value in attributes.items()
                ):
                    yield child
                yield from child.all(tag, **attributes)

    def one(self, tag: str = "", **attributes: str) -> Element:
        """Give the only one; an error if there is none, or another."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return re.sub(r"\s+", " ", "".join(parts)).strip()

    @property
    def above(self) -> Iterator[Element]:
        at = self.parent
        while at is not None:
            yield at
            at = at.parent


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs}, [], self.open[-1])
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(page: str) -> Element:
    """Read a page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is not closed"
    return reader.root


def dangling(page: Element) -> list[str]:
    """Give what is wrong with the names on a page: ids that are there twice, and links to ids that are not there."""
    ids = Counter(element.attributes["id"] for element in page.all() if "id" in element.attributes)
    wrong = [f"twice: {name}" for name, number in ids.items() if number > 1]
    for element in page.all():
        named = [element.attributes[name] for name in REFERENCES if name in element.attributes]
        wanted = [name for names in named for name in names.split()]
        link = element.attributes.get("href", "")
        if link.startswith("#"):
            wanted.append(link[1:])
        for value in element.attributes.values():
            wanted += re.findall(r"url\(['\"]?#([^)'\"]*)", value)
        wrong += [f"no such id: {name}" for name in wanted if name not in ids]
    return wrong


def outside(page: Element) -> list[str]:
    """Give what would be fetched, or could be: addresses that are not on the page itself, scripts, frames."""
    found = [
        element.tag
        for element in page.all()
        if element.tag in ("script", "iframe", "object", "embed", "base")
    ]
    for element in page.all():
        for name, value in element.attributes.items():
            if name in ("src", "srcset", "href", "data", "action", "poster", "xlink:href"):
                if not value.startswith(("#", "data:")):
                    found.append(f"{element.tag} {name}={value}")
            elif name.startswith("on"):
                found.append(f"{element.tag} {name}")
            elif re.search(r"https?:|//\w|url\(\s*['\"]?(?!#)", value):
                found.append(f"{element.tag} {name}={value}")
        if element.tag == "style":
            found += re.findall(r"@import[^;]*|url\([^)]*\)|https?:\S*", element.text)
    return found


def silent(page: Element) -> list[str]:
    """Give the pictures that say nothing to those who do not see them."""
    found = []
    for element in page.all():
        if element.tag == "img" and not element.attributes.get("alt"):
            found.append("img")
        if element.attributes.get("role") == "img" and not element.attributes.get("aria-label", "").strip():
            found.append(f"{element.tag} role=img")
        if element.tag == "svg":
            around = [element, *element.above]
            told = any(
                one.attributes.get("role") == "img"
                or one.attributes.get("aria-hidden") == "true"
                or (one.attributes.get("role") == "group" and "aria-labelledby" in one.attributes)
                for one in around
            )
            if not told:
                found.append(f"svg {element.attributes.get('class', '')}")
    return found

"""The packages are mirror images: one house twice, different only where the convention forces it."""

import inspect

import pytest

import colnet
import rownet
from tests import mirror
from tests.mirror import ROOT, difference, files, forced_words, kind_of, lines


def test_same_files():
    assert files("colnet") == files("rownet")
    assert len(files("colnet")) == 10
    for package in ("colnet", "rownet"):
        assert (ROOT / package / "py.typed").exists()


def test_same_public_names_in_the_same_order():
    assert colnet.__all__ == rownet.__all__
    assert len(set(colnet.__all__)) == len(colnet.__all__)
    for package in (colnet, rownet):
        public = {
            name
            for name, value in vars(package).items()
            if not name.startswith("_") and not inspect.ismodule(value)
        }
        assert public == set(package.__all__)


def described(value, package):
    """Name what can be called in a public object, with its signature, in the order of the file."""
    if inspect.isclass(value):
        found = [("class", [base.__name__ for base in value.__mro__])]
        for name, member in vars(value).items():
            member = getattr(member, "__func__", member)
            if inspect.isfunction(member) and member.__module__.startswith(package.__name__):
                found.append((name, str(inspect.signature(member))))
            elif isinstance(member, property):
                found.append((name, "property", member.fset is not None))
        return found
    if inspect.isfunction(value):
        return str(inspect.signature(value))
    if isinstance(value, dict):
        return {name: kind.__name__ for name, kind in value.items()}
    return value


@pytest.mark.parametrize("name", [name for name in colnet.__all__ if name != "CONVENTION"])
def test_same_signatures(name):
    column, row = getattr(colnet, name), getattr(rownet, name)
    assert type(column) is type(row)
    assert described(column, colnet) == described(row, rownet)
    if inspect.isclass(column) or inspect.isfunction(column):
        assert column is not row, "written twice, not shared"


@pytest.mark.parametrize("file", files("colnet"))
def test_the_same_lines_are_code(file):
    """Line by line: code against code, words against words, and as many of each."""
    column, row = lines(ROOT / "colnet" / file), lines(ROOT / "rownet" / file)
    assert [bool(line.code) for line in column] == [bool(line.code) for line in row]
    assert [bool(line.words) for line in column] == [bool(line.words) for line in row]


def test_every_difference_is_one_that_the_convention_forces():
    found = difference()
    assert not [pair for pair in found.code if kind_of(pair.column, pair.row) is None]
    assert not [pair for pair in found.words if not forced_words(pair.column, pair.row)]
    # Each kind occurs: a kind that never does would be an open door.
    assert set(found.kinds()) == set(mirror.KINDS)
    assert len(found.code) == sum(found.kinds().values())
    assert len(found.code) < 0.03 * found.code_lines


def test_where_the_code_differs():
    """By file, so that a new difference is noticed; the mathematics differs in two files alone."""
    by_file = {}
    for pair in difference().code:
        by_file.setdefault(pair.file, []).append(kind_of(pair.column, pair.row))
    assert by_file == {
        "_1_edge.py": ["name of the convention"] * 2 + ["axes"] * 2 + ["shape"] + ["axes"],
        "_3_dense.py": ["transposition of data"] + ["order of a product"] * 3,
        "_6_network.py": ["order of a product"],
        "_9_and_gate.py": ["transposition of data"],
    }


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("return self._W.T @ g", "return self._W @ g"),
        ("return self._W.T @ g", "return g @ self._W"),
        ("return g @ self.input.T", "return self.input @ g"),
        ("return self._W @ x + self._b", "return x @ self._W - self._b"),
        ("return self._W @ x + self._b", "return x @ self._W"),
        ("return second.W @ first.b + second.b", "return first.b @ second.W + first.b"),
        ("return g.sum(axis=EXAMPLES)", "return g.sum(axis=FEATURES)"),
        ("return total / batch", "return total"),
        ("FEATURES, EXAMPLES = 0, 1", "EXAMPLES, FEATURES = 1, 0"),
        ("FEATURES, EXAMPLES = 0, 1", "EXAMPLES, FAN_IN = 0, 1"),
        ("return self._W.T", "return np.asarray(self._W)"),
        ("return (fan_out, fan_in)", "return (fan_out, fan_out)"),
        ("return x[:, which]", "return x[which]"),
        ('CONVENTION = "column"', 'CONVENTION = "column "'),
        ('where = "column"', 'where = "row"'),
        ("x = 2 * y", "x = 3 * y"),
        ("return (", "return ["),
    ],
)
def test_a_difference_that_nothing_forces_has_no_kind(column, row):
    assert kind_of(column, row) is None


def test_words_that_nothing_forces():
    assert forced_words("W (fan_out, fan_in), see (16)", "W (fan_in, fan_out), see (24)")
    assert not forced_words("summed over the examples", "averaged over the examples")
    assert not forced_words("one example per column", "one example per column, then more")


def test_another_line_is_seen(tmp_path, monkeypatch):
    """The comparison itself: a planted line of code, of words, a file too many."""
    for package, line in (("colnet", "x = a @ b  # (16)"), ("rownet", "x = b @ a  # (24)")):
        (tmp_path / package).mkdir()
        text = f'"""Words of {package}."""\n\n{line}\ny = """two\nlines"""\n'
        (tmp_path / package / "one.py").write_text(text)
    monkeypatch.setattr(mirror, "ROOT", tmp_path)
    found = difference()
    assert [tuple(pair) for pair in found.code] == [("one.py", 3, "x = a @ b", "x = b @ a")]
    assert [pair.number for pair in found.words] == [1, 3]
    assert found.code_lines == 3
    assert found.kinds() == {"order of a product": 1}
    (tmp_path / "rownet" / "one.py").write_text("x = b @ a\n")
    with pytest.raises(ValueError, match="lines"):
        difference()
    (tmp_path / "rownet" / "two.py").write_text("")
    with pytest.raises(ValueError, match="files"):
        difference()

"""Arrays of symbolic size: plain NumPy code runs on them unchanged, and means the same, or it raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Never

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from . import terms
from .size import Index, Size, UndecidableSize, Unsupported
from .terms import (
    ArraySymbol,
    At,
    Dimension,
    EntryTerm,
    Max,
    Mul,
    Number,
    Sum,
    Template,
    Term,
    as_term,
    delta,
    is_condition,
    to_term,
)

Entry = Callable[[Any, Any], Any]


class UnsupportedAttribute(Unsupported, AttributeError):
    """An attribute of NumPy's arrays that is not modelled."""


class SymbolicArray(NDArrayOperatorsMixin):
    """A matrix of symbolic size, each entry a term. Immutable.

    Made by `symbolic`, `from_entry`, and NumPy's own functions and operators.
    """

    ndim = 2
    shape: tuple[Dimension, Dimension]
    _template: Template

    def __init__(self, shape: tuple[Dimension, Dimension], template: Template) -> None:
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "_template", template)

    def __setattr__(self, name: str, value: object) -> Never:
        raise Unsupported(f"setting .{name} of an array of symbolic size: it never changes")

    def __getattr__(self, name: str) -> Never:
        raise UnsupportedAttribute(f".{name} of an array of symbolic size")

    # --- entries ---

    def entry(self, i: Index | int | None, k: Index | int | None) -> Term:
        """Give the entry at (i, k); along a dimension of literal size 1 the index is 0 (or None)."""
        at = [as_index(dimension, index) for dimension, index in zip(self.shape, (i, k))]
        return At(self._template, tuple(index for index in at if index is not None))

    @property
    def is_condition(self) -> bool:
        """Whether the entries are truth values, NumPy's dtype bool."""
        return is_condition(self._template)

    def __repr__(self) -> str:
        return f"SymbolicArray({self.shape[0]!r} × {self.shape[1]!r}: {self._template})"

    def __reduce_ex__(self, protocol: Any) -> Never:
        raise Unsupported("pickling or copying an array of symbolic size")

    def __copy__(self) -> SymbolicArray:
        return self

    def __deepcopy__(self, memo: Any) -> SymbolicArray:
        return self

    # --- what would need numbers ---

    def _refuse(self, operation: str) -> Never:
        raise Unsupported(f"{operation} of an array of symbolic size")

    def __bool__(self) -> bool:
        self._refuse("the truth value")

    def __len__(self) -> int:
        self._refuse("len()")

    def __iter__(self) -> Never:
        self._refuse("iteration")

    def __getitem__(self, key: object) -> Never:
        self._refuse(f"indexing [{key!r}]")

    def __setitem__(self, key: object, value: object) -> Never:
        self._refuse(f"assignment to [{key!r}]")

    def __contains__(self, key: object) -> bool:
        self._refuse("`in`")

    def __float__(self) -> float:
        self._refuse("float()")

    def __int__(self) -> int:
        self._refuse("int()")

    def __index__(self) -> int:
        self._refuse("use as an index")

    __hash__ = None  # type: ignore[assignment]

    # --- in place: refused, or a change could go unseen ---

    def _in_place(self, other: Any) -> Never:
        self._refuse("an in-place operation")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __imatmul__ = __ipow__ = _in_place
    __ifloordiv__ = __imod__ = __iand__ = __ior__ = __ixor__ = __ilshift__ = __irshift__ = _in_place

    # --- NumPy ---

    @property
    def T(self) -> SymbolicArray:
        """The transpose."""
        return from_entry(self.shape[1], self.shape[0], lambda i, k: self.entry(k, i))

    def transpose(self) -> SymbolicArray:
        """Give the transpose."""
        return self.T

    @property
    def size(self) -> Term | int:
        """The number of entries, a product of sizes."""
        rows, columns = self.shape
        if not isinstance(rows, Size) and not isinstance(columns, Size):
            return 1
        return Mul((to_term(rows), to_term(columns)))

    def copy(self) -> SymbolicArray:
        """Give the array itself: it never changes."""
        return self

    def dot(self, other: Any) -> SymbolicArray:
        """Multiply matrices, as `@`."""
        return _matmul(self, other)

    def sum(self, axis: Any = None, *, keepdims: Any = False, **options: Any) -> Any:
        """Sum over the rows (axis 0), the columns (axis 1), or both; one axis needs ``keepdims=True``."""
        self._plain("sum", options)
        if axis is None:
            if keepdims is not False:
                self._refuse(f"sum(keepdims={keepdims!r}) over both axes")
            body, bound = _indexed(self)
            for index in reversed(bound):
                body = Sum(index, body)
            return body
        return self._reduced("sum", axis, keepdims, Sum)

    def mean(self, axis: Any = None, *, keepdims: Any = False, **options: Any) -> Any:
        """Average, as `sum`."""
        self._plain("mean", options)
        total = self.sum(axis, keepdims=keepdims)
        for n in (0, 1) if axis is None else (axis,):
            total = total / self.shape[n]
        return total

    def max(self, axis: Any = None, *, keepdims: Any = False, **options: Any) -> SymbolicArray:
        """Take the greatest entry of each row or column, with ``keepdims=True``."""
        self._plain("max", options)
        if self.is_condition:
            self._refuse("max of truth values")
        return self._reduced("max", axis, keepdims, Max)

    def _plain(self, operation: str, options: Mapping[str, Any]) -> None:
        """Let pass only options that say what would be done without them."""
        for name, value in options.items():
            if not (value is None or value is np._NoValue):
                self._refuse(f"{operation}({name}=...)")

    def _reduced(self, operation: str, axis: Any, keepdims: Any, node: Any) -> SymbolicArray:
        if type(axis) is not int or axis not in (0, 1):
            self._refuse(f"{operation}(axis={axis!r})")
        if keepdims is not True:
            self._refuse(f"{operation}(axis={axis}, keepdims={keepdims!r})")
        size = self.shape[axis]

        def entry(i: Any, k: Any) -> Term:
            if not isinstance(size, Size):
                return self.entry(i, k)
            index = Index(size)
            return node(index, self.entry(index, k) if axis == 0 else self.entry(i, index))  # type: ignore[no-any-return]

        rows, columns = (1 if n == axis else self.shape[n] for n in (0, 1))
        return from_entry(rows, columns, entry)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Answer NumPy's functions of arrays, entry by entry, and `@`."""
        _check_call(ufunc, method, options)
        if ufunc is np.matmul:
            return _matmul(*inputs)
        function = _entrywise(ufunc)
        operands = [_operand(value) for value in inputs]
        _check_truth(ufunc, [_is_bool(operand) for operand in operands])
        rows, columns = _broadcast([o for o in operands if isinstance(o, SymbolicArray)])
        return from_entry(rows, columns, lambda i, k: function(*(_at(o, i, k) for o in operands)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Answer np.where, np.dot, np.sum, np.mean, np.max and np.transpose."""
        if function is np.dot and len(args) == 2 and not kwargs:
            return _matmul(*args)
        if function is np.where and len(args) == 3 and not kwargs:
            return _where(*args)
        if function in (np.sum, np.mean, np.max, np.amax, np.transpose) and isinstance(
            args[0], SymbolicArray
        ):
            name = {np.sum: "sum", np.mean: "mean", np.transpose: "transpose"}.get(function, "max")
            return getattr(args[0], name)(*args[1:], **kwargs)
        raise Unsupported(f"np.{getattr(function, '__name__', function)} on arrays of symbolic size")


def as_index(dimension: Dimension, index: Index | int | None) -> Index | None:
    """Check an index against a dimension; along the literal 1 it is 0 or None, and comes back as None."""
    if isinstance(dimension, Size):
        if not isinstance(index, Index) or index.size is not dimension:
            raise Unsupported(f"index {index!r} along a dimension of size {dimension!r}")
        return index
    if index is None or (type(index) is int and index == 0):
        return None
    raise Unsupported(f"index {index!r} along a dimension of size 1")


def symbolic(name: str, rows: Dimension, columns: Dimension, *traits: str) -> SymbolicArray:
    """Make an array of which nothing is known but its shape, and the traits that are declared (`terms.TRAITS`)."""
    symbol = ArraySymbol(name, (rows, columns), frozenset(traits))
    return from_entry(
        rows, columns, lambda i, k: EntryTerm(symbol, (as_index(rows, i), as_index(columns, k)))
    )


def symbol_of(array: SymbolicArray) -> ArraySymbol:
    """Give the symbol of an array that `symbolic` made."""
    body = array._template.body
    if isinstance(body, EntryTerm):
        places = tuple(index for index in body.indices if index is not None)
        if places == array._template.parameters:
            return body.array
    raise Unsupported(f"{array!r} is computed; a derivative is by an entry of a symbol")


def from_entry(rows: Dimension, columns: Dimension, entry: Entry) -> SymbolicArray:
    """Make an array by saying what its entry at (i, k) is; along a dimension of literal size 1 the index is 0."""
    at: list[Any] = []
    for dimension, name in ((rows, "i"), (columns, "k")):
        if isinstance(dimension, Size):
            at.append(Index(dimension, name))
        elif type(dimension) is int and dimension == 1:
            at.append(0)
        else:
            raise Unsupported(f"a dimension is a Size or the literal 1, not {dimension!r}")
    parameters = tuple(index for index in at if isinstance(index, Index))
    return SymbolicArray((rows, columns), Template(parameters, to_term(entry(*at))))


def identity(size: Size) -> SymbolicArray:
    """Make the identity matrix."""
    return from_entry(size, size, delta)


def _indexed(array: SymbolicArray) -> tuple[Term, tuple[Index, ...]]:
    at = [Index(d) if isinstance(d, Size) else 0 for d in array.shape]
    return array.entry(*at), tuple(index for index in at if isinstance(index, Index))


def _at(operand: Any, i: Any, k: Any) -> Term:
    """Give the entry of an operand, which is broadcast along its dimensions of literal size 1."""
    if not isinstance(operand, SymbolicArray):
        return operand  # type: ignore[no-any-return]
    rows, columns = operand.shape
    return operand.entry(i if isinstance(rows, Size) else 0, k if isinstance(columns, Size) else 0)


def _broadcast(arrays: Sequence[SymbolicArray]) -> tuple[Dimension, Dimension]:
    result: list[Dimension] = [1, 1]
    for axis in (0, 1):
        for array in arrays:
            size = array.shape[axis]
            if not isinstance(size, Size):
                continue
            if isinstance(result[axis], Size) and result[axis] is not size:
                shapes = " and ".join(str(a.shape) for a in arrays)
                raise UndecidableSize(
                    f"arrays of the shapes {shapes} cannot be broadcast together for every size"
                )
            result[axis] = size
    return result[0], result[1]


def _operand(value: Any) -> Any:
    if isinstance(value, SymbolicArray):
        return value
    if isinstance(value, np.ndarray):
        raise Unsupported(f"a concrete array of shape {value.shape} beside one of symbolic size")
    term = as_term(value)
    if term is None:
        raise Unsupported(f"{type(value).__name__} beside an array of symbolic size")
    return term


def _is_bool(operand: Any) -> bool:
    """Tell whether NumPy would see truth values."""
    return operand.is_condition if isinstance(operand, SymbolicArray) else is_condition(operand)


def _matmul(left: Any, right: Any) -> SymbolicArray:
    if not (isinstance(left, SymbolicArray) and isinstance(right, SymbolicArray)):
        other = right if isinstance(left, SymbolicArray) else left
        raise Unsupported(f"@ between an array of symbolic size and {type(other).__name__}")
    if left.is_condition and right.is_condition:
        raise Unsupported("@ of truth values, which NumPy takes for logic")
    inner = left.shape[1]
    if inner is not right.shape[0]:
        raise UndecidableSize(
            f"{left.shape} @ {right.shape}: {inner!r} and {right.shape[0]!r} do not match for every size"
        )

    def entry(i: Any, k: Any) -> Term:
        if not isinstance(inner, Size):
            return Mul((left.entry(i, 0), right.entry(0, k)))
        j = Index(inner)
        return Sum(j, Mul((left.entry(i, j), right.entry(j, k))))

    return from_entry(left.shape[0], right.shape[1], entry)


def _where(condition: Any, then: Any, otherwise: Any) -> SymbolicArray:
    operands = [_operand(value) for value in (condition, then, otherwise)]
    if not _is_bool(operands[0]):
        raise Unsupported("np.where with a condition that is not made of comparisons")
    rows, columns = _broadcast([o for o in operands if isinstance(o, SymbolicArray)])
    return from_entry(rows, columns, lambda i, k: terms.where(*(_at(o, i, k) for o in operands)))


# --- functions of entries ---


def _logical(name: str, function: Callable[..., Term]) -> Callable[..., Term]:
    def checked(*operands: Term) -> Term:
        if not all(map(is_condition, operands)):
            raise Unsupported(f"{name} of what is no truth value")
        return function(*operands)

    return checked


_FUNCTIONS: dict[Any, Callable[..., Term]] = {
    np.add: lambda a, b: a + b,
    np.subtract: lambda a, b: a - b,
    np.multiply: lambda a, b: a * b,
    np.true_divide: lambda a, b: a / b,
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.reciprocal: lambda a: 1 / a,
    np.square: lambda a: a**2,
    np.exp: terms.exp,
    np.expm1: lambda a: terms.exp(a) - 1,
    np.log: terms.log,
    np.log1p: lambda a: terms.log(1 + a),
    np.tanh: terms.tanh,
    np.absolute: terms.absolute,
    np.fabs: terms.absolute,
    np.maximum: terms.maximum,
    np.minimum: terms.minimum,
    np.sign: terms.sign,
    np.greater: terms.greater,
    np.less: lambda a, b: terms.greater(b, a),
    np.greater_equal: terms.greater_equal,
    np.less_equal: lambda a, b: terms.greater_equal(b, a),
    np.equal: terms.equals,
    np.not_equal: lambda a, b: terms.negation(terms.equals(a, b)),
    np.logical_and: _logical("logical_and", terms.conjunction),
    np.logical_or: _logical("logical_or", terms.disjunction),
    np.logical_not: _logical("logical_not", terms.negation),
    np.bitwise_and: _logical("&", terms.conjunction),
    np.bitwise_or: _logical("|", terms.disjunction),
    np.invert: _logical("~", terms.negation),
}

_OF_TRUTH_VALUES = frozenset((np.multiply, np.logical_and, np.logical_or, np.logical_not)) | {
    np.bitwise_and,
    np.bitwise_or,
    np.invert,
}


def _entrywise(ufunc: Any) -> Callable[..., Term]:
    if ufunc is np.power:
        return _power
    if ufunc not in _FUNCTIONS:
        raise Unsupported(f"np.{ufunc.__name__} on arrays of symbolic size")
    return _FUNCTIONS[ufunc]


def _power(base: Term, power: Term) -> Term:
    if not isinstance(power, Number):
        raise Unsupported(f"a power with the exponent {power}: whole numbers only")
    return base**power.value


def _check_call(ufunc: Any, method: str, options: Mapping[str, Any]) -> None:
    if method != "__call__":
        raise Unsupported(f"np.{ufunc.__name__}.{method} on arrays of symbolic size")
    if options:
        raise Unsupported(f"np.{ufunc.__name__}({', '.join(options)}=...) on arrays of symbolic size")


def _check_truth(ufunc: Any, truths: Sequence[bool]) -> None:
    """Refuse arithmetic of truth values alone: in NumPy True + True is True, and -True an error."""
    if (all(truths) and ufunc not in _OF_TRUTH_VALUES) or (ufunc is np.power and any(truths)):
        raise Unsupported(
            f"np.{ufunc.__name__} of truth values alone, which NumPy takes for logic or refuses"
        )


def scalar_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: Mapping[str, Any]) -> Term:
    """Answer a NumPy function of terms."""
    _check_call(ufunc, method, options)
    function = _entrywise(ufunc)
    operands = [_operand(value) for value in inputs]
    _check_truth(ufunc, [_is_bool(operand) for operand in operands])
    return function(*operands)

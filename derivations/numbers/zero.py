"""Is this expression zero? A sound test that is quick on what backpropagation produces.

`zero_test` writes an expression as a fraction of polynomials in generators between which no relation is
needed: symbols, exp(m) for monomials m, log of what cannot be split, roots (with their relation), and
undefined functions of arguments in normal form. If the numerator is the zero polynomial, the expression
is zero wherever it is defined, whatever the generators are. Otherwise it is evaluated at random points: a
value that is clearly not zero refutes, with the point; anything else is undecided.

Each rule used, and why it holds:

=====================================  ==========================================================
exp(a + b) = exp(a) exp(b)             always
exp(c m) = (exp(m / L))^(c L)          always, for c L an integer
tanh, sinh, cosh, … by exp             definitions
log(a b) = log(a) + log(b)             only where both are known to be positive
log(exp(m)) = m                        only for real m
(u^(1/q))^q = u                        always (principal root)
x^e = exp(e log(x))                    only for positive x
|u| = s u, sign(u) = s                 u real, for s = 1, -1 and 0 each
Piecewise, Max, Min, Heaviside         on each branch, all of which must be zero
=====================================  ==========================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from . import _laurent as laurent
from ._laurent import Key, Monomial, Ratio
from .high_precision import precise_context


class UnsoundError(RuntimeError):
    """The normal form of an expression is zero, but its value is not: an error of this program."""


@dataclass(frozen=True)
class ZeroTest:
    """What came of a test.

    Attributes
    ----------
    verdict : bool or None
        True: zero wherever it is defined. False: not zero, see ``point``. None: undecided, see ``reason``.
    point : dict or None
        Values of the symbols (and of applications of undefined functions) that refute it.
    value : object
        Its value there, to 50 digits.
    reason : str
        Why it is undecided.
    """

    verdict: bool | None
    point: dict[Any, Any] | None = None
    value: Any = None
    reason: str = ""


class _UnknownError(Exception):
    """Something this test does not know how to treat."""


def proved_zero(expr: Any) -> bool | None:
    """Say True if ``expr`` is zero wherever it is defined, False if it is refuted, None if undecided."""
    return zero_test(expr).verdict


@lru_cache(maxsize=4096)
def _cached(expr: Any) -> ZeroTest:
    return _zero_test(expr)


def zero_test(expr: Any) -> ZeroTest:
    """Test whether an exact expression is zero; see the module for the rules.

    Raises
    ------
    TypeError
        When there are floats in it.
    """
    expr = sympy.sympify(getattr(expr, "value", expr))
    if expr.is_Rational:
        return ZeroTest(True) if not expr else ZeroTest(False, {}, expr)
    return _cached(expr)


def _zero_test(expr: Any) -> ZeroTest:
    if expr.has(sympy.Float):
        raise TypeError(f"a float in an expression that is to be exact: {expr}")
    if expr.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        return ZeroTest(None, reason="not finite")
    reason = ""
    proved = True
    try:
        for branch in _branches(expr):
            # With tanh left as it is first: quicker, and no less sound.
            if not (branch.has(HyperbolicFunction) and _Normal(opaque=True).is_zero(branch)) and not (
                _Normal().is_zero(branch)
            ):
                proved = False
                break
    except (_UnknownError, laurent.TooLargeError, ZeroDivisionError, RecursionError) as error:
        proved, reason = False, f"no normal form: {error}"
    refuted = _refute(expr, tries=2 if proved else 8)
    if not proved:
        return refuted or ZeroTest(None, reason=reason or "not zero as a polynomial, but no point refutes it")
    if refuted:
        raise UnsoundError(f"{expr} was proved to be zero, but is {refuted.value} at {refuted.point}")
    return ZeroTest(True)


# --- branches: Piecewise, Max, Min, Abs, sign and Heaviside go ---

_MOST = 243
_BRANCHING = (sympy.Piecewise, sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Min)


def _branches(expr: Any) -> Iterator[Any]:
    """Give the expression for each sign of everything that a branch depends on.

    More combinations than can happen are no harm: each given one must be zero.
    """
    if not expr.has(*_BRANCHING):
        yield expr
        return
    if expr.has(sympy.Max, sympy.Min):
        expr = expr.replace(lambda e: isinstance(e, (sympy.Max, sympy.Min)), _as_piecewise)
    turning: list[Any] = []
    for item in expr.atoms(sympy.Abs, sympy.sign, sympy.Heaviside):
        turning.append(item.args[0])
    for item in expr.atoms(sympy.Piecewise):
        for _, condition in item.args:
            turning.extend(r.lhs - r.rhs for r in condition.atoms(sympy.core.relational.Relational))
    if not all(item.is_extended_real for item in turning):
        raise _UnknownError("a branch on what may be complex")
    deciding = list(dict.fromkeys(_upright(item)[0] for item in turning))
    if 3 ** len(deciding) > _MOST:
        raise _UnknownError(f"too many branches: {len(deciding)} signs")
    for signs in product((1, -1, 0), repeat=len(deciding)):
        branch = _resolved(expr, dict(zip(deciding, signs)))
        if branch is not None:
            yield branch.subs([rule for rule in map(_vanishing, deciding, signs) if rule])


def _upright(expr: Any) -> tuple[Any, int]:
    """Give ``expr`` or minus it, the same for both, and which it was."""
    expr = sympy.expand(expr)
    return (-expr, -1) if expr.could_extract_minus_sign() else (expr, 1)


def _vanishing(expr: Any, sign: int) -> tuple[Any, Any] | None:
    """Where ``expr`` is 0, give what one of its symbols is."""
    if sign == 0:
        for symbol in sorted(expr.free_symbols, key=str):
            slope = expr.coeff(symbol)
            if slope.is_Rational and slope and not (rest := sympy.expand(expr - slope * symbol)).has(symbol):
                return symbol, -rest / slope
    return None


def _as_piecewise(item: Any) -> Any:
    first, *others = item.args
    for other in others:
        above = first > other if isinstance(item, sympy.Max) else first < other
        first = sympy.Piecewise((first, above), (other, True))
    return first


def _sign(expr: Any, signs: dict[Any, int]) -> int:
    upright, turn = _upright(expr)
    return signs[upright] * turn


def _truth(condition: Any, signs: dict[Any, int]) -> bool:
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    if isinstance(condition, (sympy.And, sympy.Or)):
        parts = [_truth(part, signs) for part in condition.args]
        return all(parts) if isinstance(condition, sympy.And) else any(parts)
    if isinstance(condition, sympy.Not):
        return not _truth(condition.args[0], signs)
    if isinstance(condition, sympy.core.relational.Relational):
        sign = _sign(condition.lhs - condition.rhs, signs)
        return {
            ">": sign > 0,
            ">=": sign >= 0,
            "<": sign < 0,
            "<=": sign <= 0,
            "==": sign == 0,
            "!=": sign != 0,
        }[condition.rel_op]
    raise _UnknownError(f"the condition {condition}")


def _resolved(expr: Any, signs: dict[Any, int]) -> Any:
    """Put the signs in, outermost first; None where nothing is defined."""
    if not expr.args or not expr.has(*_BRANCHING):
        return expr
    if isinstance(expr, sympy.Piecewise):
        for value, condition in expr.args:
            if _truth(condition, signs):
                return _resolved(value, signs)
        return None
    if isinstance(expr, sympy.sign):
        return sympy.Integer(_sign(expr.args[0], signs))
    if isinstance(expr, sympy.Heaviside):
        return (expr.args[1], sympy.Integer(1), sympy.Integer(0))[_sign(expr.args[0], signs)]
    if isinstance(expr, sympy.Abs):
        inner = _resolved(expr.args[0], signs)
        return None if inner is None else _sign(expr.args[0], signs) * inner
    parts = [_resolved(part, signs) for part in expr.args]
    return None if any(part is None for part in parts) else expr.func(*parts)


# --- the normal form ---

_SCALE = 720_720  # the least common multiple of 1 … 16: exp(m) is kept as exp(m / _SCALE) to an integer


@dataclass
class _Generator:
    name: Any
    real: bool
    positive: bool
    root: tuple[int, Ratio] | None = None  # (q, u): its q-th power is u
    exponent: Ratio | None = None  # of exp: what one unit of its power stands for


class _Normal:
    """Conversion of one expression; generators are numbered as they come."""

    def __init__(self, *, opaque: bool = False) -> None:
        self._opaque = opaque
        self.generators: list[_Generator] = []
        self._numbers: dict[Any, int] = {}
        self._done: dict[Any, Ratio] = {}

    def is_zero(self, expr: Any) -> bool:
        return self._rooted(self.of(expr)).top == {}

    def _generator(self, name: Any, real: Any, positive: Any, **extra: Any) -> Monomial:
        if name not in self._numbers:
            self._numbers[name] = len(self.generators)
            self.generators.append(_Generator(name, bool(real), bool(positive), **extra))
        return laurent.packed({self._numbers[name]: 1})

    def of(self, expr: Any) -> Ratio:
        if expr not in self._done:
            self._done[expr] = self._convert(expr)
        return self._done[expr]

    def _convert(self, expr: Any) -> Ratio:
        if expr.is_Rational:
            return laurent.constant(Fraction(int(expr.p), int(expr.q)))
        if expr.is_Add:
            return self._sum(expr.args)
        if expr.is_Mul:
            total = laurent.ONE
            for part in expr.args:
                total = laurent.multiply(total, self.of(part))
            return total
        if isinstance(expr, sympy.exp):
            return self._exp(self._terms(expr.args[0]))
        if expr == sympy.E:
            return self._exp([laurent.ONE])
        if expr.is_Pow:
            return self._power(expr.base, expr.exp, expr)
        if isinstance(expr, sympy.log):
            return self._log(expr.args[0])
        if isinstance(expr, HyperbolicFunction) and not self._opaque:
            return self._hyperbolic(expr)
        if expr == sympy.I:
            minus = laurent.constant(Fraction(-1))
            return laurent.monomial(self._generator("I", False, False, root=(2, minus)))
        if isinstance(expr, (sympy.Symbol, sympy.Indexed)) or expr.is_NumberSymbol:
            return laurent.monomial(self._generator(expr, expr.is_extended_real, expr.is_positive))
        if isinstance(expr, sympy.Function):
            name = (expr.func, *(self._rooted(self.of(part)).key for part in expr.args))
            return laurent.monomial(self._generator(name, expr.is_extended_real, expr.is_positive))
        # A derivative that was not carried out, a sum over an index: equal only if written alike.
        return laurent.monomial(self._generator(expr, expr.is_extended_real, expr.is_positive))

    def _sum(self, parts: Any) -> Ratio:
        """Add up, first what has the same denominator."""
        groups: dict[Any, Ratio] = {}
        for part in parts:
            ratio = self.of(part)
            key = frozenset(ratio.below.items())
            groups[key] = laurent.add(groups[key], ratio) if key in groups else ratio
        total = laurent.constant(Fraction(0))
        for ratio in groups.values():
            total = laurent.add(total, ratio)
        return total

    def _terms(self, expr: Any) -> list[Ratio]:
        """Give the terms of a sum, brought together by their denominators."""
        groups: dict[Any, Ratio] = {}
        pending = [self.of(part) for part in sympy.Add.make_args(expr)]
        for ratio in pending:
            key = frozenset(ratio.below.items())
            groups[key] = laurent.add(groups[key], ratio) if key in groups else ratio
        return [ratio for ratio in groups.values() if ratio.top]

    def _is_real(self, key: Monomial) -> bool:
        return all(self.generators[n].real for n in laurent.unpacked(key))

    def _exp(self, terms: list[Ratio]) -> Ratio:
        exponents = 0
        for ratio in terms:
            below = frozenset(ratio.below.items())
            for key, coefficient in ratio.top.items():
                # exp(coefficient key / below) as a power of exp(key / below / rest / _SCALE).
                rest = coefficient.denominator
                for prime in (2, 2, 2, 2, 3, 3, 5, 7, 11, 13):
                    if rest % prime == 0:
                        rest //= prime
                if _SCALE * rest % coefficient.denominator:
                    rest = coefficient.denominator
                real = self._is_real(key) and all(self._is_real(m) for base in ratio.below for m, _ in base)
                unit = Ratio({key: Fraction(1, rest * _SCALE)}, ratio.below)
                generator = self._generator(("exp", key, below, rest), real, real, exponent=unit)
                exponents += generator * int(coefficient * rest * _SCALE)
        return laurent.monomial(exponents)

    def _hyperbolic(self, expr: Any) -> Ratio:
        kind = type(expr).__name__
        argument = self._terms(expr.args[0])
        once = self._exp(argument)
        twice = laurent.multiply(once, once)
        one, minus = laurent.ONE, laurent.constant(Fraction(-1))
        above, below = laurent.add(twice, minus), laurent.add(twice, one)
        half = laurent.multiply(laurent.constant(Fraction(1, 2)), laurent.inverse(once))
        rules: dict[str, Callable[[], Ratio]] = {
            "tanh": lambda: laurent.multiply(above, laurent.inverse(below)),
            "coth": lambda: laurent.multiply(below, laurent.inverse(above)),
            "sinh": lambda: laurent.multiply(above, half),
            "cosh": lambda: laurent.multiply(below, half),
            "sech": lambda: laurent.inverse(laurent.multiply(below, half)),
            "csch": lambda: laurent.inverse(laurent.multiply(above, half)),
        }
        if kind not in rules:
            raise _UnknownError(kind)
        return rules[kind]()

    def _power(self, base: Any, exponent: Any, whole: Any) -> Ratio:
        if exponent.is_Integer:
            return laurent.power(self.of(base), int(exponent))
        if exponent.is_Rational:
            inner = self._rooted(self.of(base))
            if not inner.top:
                return inner if exponent > 0 else laurent.inverse(inner)
            q = int(exponent.q)
            positive = bool(base.is_positive)
            root = self._generator(("root", q, inner.key), base.is_nonnegative, positive, root=(q, inner))
            return laurent.monomial(root * int(exponent.p))
        if base.is_positive:
            product_ = laurent.multiply(self.of(exponent), self._log(base))
            return self._exp([product_] if product_.top else [])
        name = ("power", self._rooted(self.of(base)).key, self._rooted(self.of(exponent)).key)
        return laurent.monomial(self._generator(name, whole.is_extended_real, whole.is_positive))

    # log

    def _log(self, argument: Any) -> Ratio:
        parts = sympy.Mul.make_args(argument)
        if len(parts) > 1 and all(part.is_positive for part in parts):
            return self._sum_ratios(self._log(part) for part in parts)
        if argument.is_Pow and argument.base.is_positive and argument.exp.is_extended_real:
            return laurent.multiply(self.of(argument.exp), self._log(argument.base))
        ratio = self._rooted(self.of(argument))
        if not ratio.top:
            raise _UnknownError("log(0)")
        content, common, rest = laurent.primitive(ratio.top)
        factors = [(rest, 1), *((key, -power) for key, power in ratio.below.items())]
        unsure = [(key, count) for key, count in factors if len(key) > 1 and not self._is_positive(key)]
        exponents = laurent.unpacked(common)
        monomial_positive = all(self.generators[n].positive for n in exponents)
        # One factor of which nothing is known is positive if the whole and all others are, for odd powers.
        rest_sure = not unsure or (len(unsure) == 1 and unsure[0][1] % 2 == 1 and bool(argument.is_positive))
        settled = content > 0 and monomial_positive and rest_sure
        if not settled:
            real = argument.is_positive
            return laurent.monomial(self._generator(("log", ratio.key), real, False))
        total = self._log_rational(content)
        for number, count in exponents.items():
            times = laurent.constant(Fraction(count))
            total = laurent.add(total, laurent.multiply(times, self._log_generator(number)))
        for key, count in factors:
            if len(key) > 1:
                name = self._generator(("log", key), True, False)
                total = laurent.add(total, laurent.monomial(name, Fraction(count)))
        return total

    def _sum_ratios(self, ratios: Iterator[Ratio]) -> Ratio:
        total = laurent.constant(Fraction(0))
        for ratio in ratios:
            total = laurent.add(total, ratio)
        return total

    def _is_positive(self, key: Key) -> bool:
        """Whether no term can be negative, and one of them is positive."""
        strict = False
        for term, coefficient in key:
            known = [(self.generators[n], count) for n, count in laurent.unpacked(term).items()]
            if coefficient < 0 or not all(g.positive or (g.real and count % 2 == 0) for g, count in known):
                return False
            strict = strict or all(g.positive for g, _ in known)
        return strict

    def _log_generator(self, number: int) -> Ratio:
        generator = self.generators[number]
        if generator.exponent is not None:
            return generator.exponent  # real, since it is positive
        return laurent.monomial(self._generator(("log", number), True, False))

    def _log_rational(self, value: Fraction) -> Ratio:
        total = laurent.constant(Fraction(0))
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            factors = sympy.factorint(number) if number < 10**12 else {number: 1}
            for prime, count in factors.items():
                if prime != 1:
                    name = self._generator(("log", int(prime), "integer"), True, True)
                    total = laurent.add(total, laurent.monomial(name, Fraction(sign * count)))
        return total

    # roots

    def _rooted(self, ratio: Ratio) -> Ratio:
        """Reduce the powers of roots in the numerator below their degree.

        Denominators need not be touched: the numerator alone decides. That they do not vanish by a relation
        is seen where the expression is evaluated.
        """
        for number in range(len(self.generators) - 1, -1, -1):
            relation = self.generators[number].root
            if relation is None:
                continue
            degree, value = relation
            groups: dict[int, dict[Monomial, Fraction]] = {}
            for key, coefficient in ratio.top.items():
                power = laurent.unpacked(key).get(number, 0)
                whole = power // degree
                reduced = key - laurent.packed({number: whole * degree})
                groups.setdefault(whole, {})[reduced] = coefficient
            if set(groups) - {0}:
                total = laurent.constant(Fraction(0))
                for whole, top in groups.items():
                    part = laurent.multiply(Ratio(top, ratio.below), laurent.power(value, whole))
                    total = laurent.add(total, part)
                ratio = self._rooted(total)
        return ratio


# --- evaluation at points ---

LOW, HIGH = precise_context(50), precise_context(80)


class UndefinedAtPointError(Exception):
    """No value at this point."""


def _seed(*things: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(things).encode()).digest()[:8], "big")


def _drawn(symbol: Any, number: int) -> Fraction:
    """Draw a value that its assumptions allow, the same whenever the same symbol is asked for."""
    seed = _seed(str(symbol), number)
    value = Fraction(seed % 7 + 1 if symbol.is_integer else Fraction(seed % 197 + 1, seed // 197 % 89 + 41))
    if symbol.is_negative or symbol.is_nonpositive:
        return -value
    free = not (symbol.is_positive or symbol.is_nonnegative)
    return -value if free and seed >> 40 & 1 else value


class Evaluation:
    """The value of an expression at a point, in a context; and the largest number met on the way."""

    def __init__(self, context: Any, number: int) -> None:
        self.context = context
        self.number = number
        self.point: dict[Any, Any] = {}
        self.largest = context.mpf(0)
        self._done: dict[Any, Any] = {}

    def of(self, expr: Any) -> Any:
        """Give the value; one that is not finite raises."""
        if expr not in self._done:
            value = self._value(expr)
            if not self.context.isfinite(value):
                raise UndefinedAtPointError(str(expr))
            self.largest = max(self.largest, abs(value))
            self._done[expr] = value
        return self._done[expr]

    def _value(self, expr: Any) -> Any:
        context = self.context
        if expr.is_Rational:
            return context.mpf(int(expr.p)) / int(expr.q)
        if expr.is_Add:
            return context.fsum(self.of(part) for part in expr.args)
        if expr.is_Mul:
            return context.fprod(self.of(part) for part in expr.args)
        if isinstance(expr, sympy.exp):
            exponent = self.of(expr.args[0])
            if abs(exponent) > 1000:
                raise UndefinedAtPointError("exp of a large number")
            return context.exp(exponent)
        if expr.is_Pow:
            base, exponent = self.of(expr.base), expr.exp
            if exponent.is_Integer:
                if not base and exponent < 0:
                    raise UndefinedAtPointError("division by zero")
                return base ** int(exponent)
            return context.power(base, self.of(exponent))
        if isinstance(expr, (sympy.Symbol, sympy.Indexed)):
            value = _drawn(expr, self.number)
            self.point[expr] = sympy.Rational(value.numerator, value.denominator)
            return context.mpf(value.numerator) / value.denominator
        if expr.is_NumberSymbol or expr == sympy.I:
            constants = {sympy.pi: +context.pi, sympy.E: +context.e, sympy.I: context.j}
            return constants[expr] if expr in constants else self._none(expr)
        if isinstance(expr, sympy.Heaviside):
            argument = self.of(expr.args[0])
            return context.mpf(int(argument > 0)) if argument else self.of(expr.args[1])
        if isinstance(expr, sympy.Piecewise):
            for value, condition in expr.args:
                if self._holds(condition):
                    return self.of(value)
            raise UndefinedAtPointError("no branch")
        return self._function(expr)

    def _none(self, expr: Any) -> Any:
        raise UndefinedAtPointError(f"no value for {expr}")

    def _function(self, expr: Any) -> Any:
        context = self.context
        known: dict[str, Callable[..., Any]] = {
            "log": context.log,
            "tanh": context.tanh,
            "sinh": context.sinh,
            "cosh": context.cosh,
            "coth": context.coth,
            "sech": context.sech,
            "csch": context.csch,
            "sin": context.sin,
            "cos": context.cos,
            "Abs": abs,
            "sign": context.sign,
            "Max": max,
            "Min": min,
        }
        kind = type(expr)
        if (
            kind.__name__ in known
            and not isinstance(expr, AppliedUndef)
            and kind.__module__.startswith("sympy.")
        ):
            parts = [self.of(part) for part in expr.args]
            if kind.__name__ == "log" and not parts[0]:
                raise UndefinedAtPointError("log(0)")
            return known[kind.__name__](*parts)
        if isinstance(expr, AppliedUndef) or (
            isinstance(expr, sympy.Function) and not kind.__module__.startswith("sympy.")
        ):
            # Values of functions of which nothing is known, at single points, are free; so are those of
            # their derivatives, which are functions of their own name here.
            at = tuple(LOW.nstr(self.of(part), 30) for part in expr.args)
            seed = _seed(kind.__name__, at, self.number)
            value = Fraction(seed % 197 + 1, seed // 197 % 89 + 41) * (-1 if seed >> 40 & 1 else 1)
            self.point[expr] = sympy.Rational(value.numerator, value.denominator)
            return context.mpf(value.numerator) / value.denominator
        return self._none(expr)

    def _holds(self, condition: Any) -> bool:
        if condition in (sympy.true, sympy.false):
            return bool(condition)
        if isinstance(condition, (sympy.And, sympy.Or)):
            parts = [self._holds(part) for part in condition.args]
            return all(parts) if isinstance(condition, sympy.And) else any(parts)
        if isinstance(condition, sympy.Not):
            return not self._holds(condition.args[0])
        if isinstance(condition, sympy.core.relational.Relational):
            left, right = self.of(condition.lhs), self.of(condition.rhs)
            if left != right and abs(left - right) < self.context.mpf(10) ** -40 * (abs(left) + abs(right)):
                raise UndefinedAtPointError("a condition on its boundary")
            holds: dict[str, bool] = {
                ">": left > right,
                ">=": left >= right,
                "<": left < right,
                "<=": left <= right,
                "==": left == right,
                "!=": left != right,
            }
            return holds[condition.rel_op]
        return bool(self._none(condition))


def _refute(expr: Any, tries: int) -> ZeroTest | None:
    """Look for a point where the value is clearly not zero: the same to 10 digits at 50 and at 80."""
    for number in range(tries):
        try:
            # The value of what is zero is rounding, and no two precisions round alike.
            low = Evaluation(LOW, number)
            value = low.of(expr)
            high = Evaluation(HIGH, number).of(expr)
            if abs(high - value) < abs(high) * HIGH.mpf(10) ** -10:
                return ZeroTest(False, low.point, value)
        except (UndefinedAtPointError, ZeroDivisionError, ValueError, TypeError, OverflowError):
            continue
    return None

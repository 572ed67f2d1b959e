"""The rules: how polynomials of atoms are added, multiplied, summed over an index and put into functions.

Every function takes and gives normal forms. Each rule is an identity of real numbers that holds for every value of
every index and every size (at least 1), with 1/0 = 0; the only ones that need more are named where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache, reduce
from itertools import combinations, permutations
from math import gcd, lcm

from .poly import (
    UNIT,
    Atom,
    Exponent,
    Head,
    Monomial,
    Poly,
    atom,
    atoms,
    close,
    definite,
    indices,
    ordered,
    relabel,
    simple_head,
)
from .size import EngineFault, Index, Size
from .terms import EXP, LOG, TANH, Function

NOTHING: Poly = {}
ONE: Poly = {UNIT: Fraction(1)}
SPECIAL = frozenset(("delta", "pos", "zero", "group"))


# --- a ring ---


def constant(value: Fraction | int) -> Poly:
    """Make a polynomial of a number."""
    return {UNIT: Fraction(value)} if value else NOTHING


def of_atom(a: Atom, power: Exponent = 1) -> Poly:
    """Make a polynomial of a power of an atom."""
    return {((a, power),): Fraction(1)}


def size_poly(size: Size) -> Poly:
    """Make a polynomial of a size."""
    return of_atom(Atom(simple_head("size", size, ()), ()))


def add(*polys: Poly) -> Poly:
    """Add."""
    result: Poly = {}
    for poly in polys:
        for monomial, coefficient in poly.items():
            value = result.get(monomial, 0) + coefficient
            if value:
                result[monomial] = value
            else:
                del result[monomial]
    return result


def scale(poly: Poly, by: Fraction | int) -> Poly:
    """Multiply by a number."""
    return {monomial: coefficient * by for monomial, coefficient in poly.items()} if by else NOTHING


def subtract(left: Poly, right: Poly) -> Poly:
    """Subtract."""
    return add(left, scale(right, -1))


def multiply(left: Poly, right: Poly) -> Poly:
    """Multiply."""
    if right == ONE:
        return left
    if left == ONE:
        return right
    return add(*(scale(times(m, n), a * b) for m, a in left.items() for n, b in right.items()))


def product(polys: Iterable[Poly]) -> Poly:
    """Multiply several."""
    return reduce(multiply, polys, ONE)


def power(poly: Poly, exponent: int) -> Poly:
    """Raise to a whole power; 1/0 is 0."""
    if exponent < 0:
        return power(inverse(poly), -exponent)
    return product([poly] * exponent)


def times(left: Monomial, right: Monomial) -> Poly:
    """Multiply two monomials."""
    powers: dict[Atom, Exponent] = dict(left)
    vanished: list[Poly] = []
    for a, p in right:
        if a not in powers:
            powers[a] = p
            continue
        if a.head.is_indicator:
            continue
        q = powers[a]
        if p + q:
            # Also where the signs differ: 0 to any power, above or below, is 0.
            powers[a] = _whole(p + q)
            continue
        del powers[a]
        if not a.head.positive:
            vanished.append(subtract(ONE, zero(of_atom(a))))  # x / x is 1, but 0 where x is 0
    return multiply(reduced(ordered(powers.items())), product(vanished))


def _whole(exponent: Exponent) -> Exponent:
    return int(exponent) if exponent.denominator == 1 else exponent


# --- products that are more than a monomial ---


def reduced(monomial: Monomial) -> Poly:
    """Apply the rules of deltas, indicators and quotients to a product of distinct atoms."""
    if not any(a.head.kind in SPECIAL for a, _ in monomial):
        return {monomial: Fraction(1)}
    for rule in (_contract, _exclude, _vanish, _divide):
        found = rule(monomial)
        if found is not None:
            return found
    return {monomial: Fraction(1)}


def _without(monomial: Monomial, a: Atom) -> Monomial:
    return tuple(factor for factor in monomial if factor[0] != a)


def _contract(monomial: Monomial) -> Poly | None:
    """δ_ij u(j) = δ_ij u(i)."""
    for a, _ in monomial:
        if a.head.kind == "delta":
            keep, drop = sorted(a.indices, key=lambda index: index.number)
            rest = _without(monomial, a)
            if any(drop in b.indices for b, _ in rest):
                return multiply(of_atom(a), rename({rest: Fraction(1)}, {drop: keep}))
    return None


def _exclude(monomial: Monomial) -> Poly | None:
    """[u > 0][u = 0] = 0."""
    present = {a for a, _ in monomial if a.head.kind == "zero"}
    if present and any(a.head.kind == "pos" and companion(a) in present for a, _ in monomial):
        return NOTHING
    return None


def companion(a: Atom) -> Atom:
    """Give [u = 0] for the atom [u > 0]."""
    closed, _ = close("zero", None, a.head.inner)
    return atom(closed.head, (dict(zip(a.head.slots, a.indices))[index] for index in closed.indices))


_depth = 0
DEEPEST = (
    24  # of one substitution within another; beyond it products stay as they are, which is right but longer
)


def _vanish(monomial: Monomial) -> Poly | None:
    """[u = 0] w = [u = 0] w', where w' has one atom, or one monomial, of u replaced by what it is when u = 0."""
    global _depth
    if _depth >= DEEPEST:
        return None
    for a, _ in monomial:
        if a.head.kind != "zero":
            continue
        rest = {_without(monomial, a): Fraction(1)}
        solution = _solution(a.head)
        _depth += 1
        try:
            if solution is None:
                inner, _ = opened(a.head, a.indices)
                changed = _replaced(_without(monomial, a), inner)
            else:
                to = dict(zip(a.head.slots, a.indices))
                target = atom(solution[0].head, (to[index] for index in solution[0].indices))
                changed = substitute(rest, target, rename(solution[1], to))
            if changed is not None and changed != rest:
                return multiply(of_atom(a), changed)
        finally:
            _depth -= 1
    return None


def _replaced(monomial: Monomial, inner: Poly) -> Poly | None:
    """Write a multiple of the leading monomial of u by the others, as u = 0 allows."""
    top = leading(inner)
    powers = dict(monomial)
    if top is None or any(powers.get(b, 0) < q for b, q in top):
        return None
    rest = {m: c for m, c in inner.items() if m != top}
    return scale(multiply(reduced(_shifted(monomial, top, -1)), rest), -1 / inner[top])


def _solution(head: Head) -> tuple[Atom, Poly] | None:
    """Solve u = 0 for an atom that occurs once, alone in its monomial; over the slots of the head."""
    if "_solution" not in head.__dict__:
        head.__dict__["_solution"] = None
        alone = [m[0][0] for m in head.inner if len(m) == 1 and m[0][1] == 1]
        for a in sorted(alone, key=lambda a: (a.head.kind == "entry", a.key), reverse=True):
            monomial = ((a, 1),)
            rest = {m: c for m, c in head.inner.items() if m != monomial}
            if not any(_may_mention(b, a) for b, _ in atoms(rest)):
                head.__dict__["_solution"] = (a, scale(rest, -1 / head.inner[monomial]))
                break
    found: tuple[Atom, Poly] | None = head.__dict__["_solution"]
    return found


def _may_mention(b: Atom, target: Atom) -> bool:
    if b == target:
        return True
    return (
        bool(b.head.inner) and target.head.symbols <= b.head.symbols and set(target.indices) <= set(b.indices)
    )


def _divide(monomial: Monomial) -> Poly | None:
    """Divide by polynomials: w L / (L + r) = w [L + r is not 0] - w r / (L + r), L the leading monomial.

    And w / (L (c + L)) = (w / L - w / (c + L)) / c, for what is positive. The first goes down in the order of
    monomials, which is the same for all; the second raises exponents below 0; neither undoes the other, so
    this ends.
    """
    for a, p in monomial:
        if a.head.kind != "group":
            continue
        inner, _ = opened(a.head, a.indices)
        top = leading(inner)
        if not top:
            continue
        powers = dict(monomial)
        less = _with_power(monomial, a, p + 1)
        coefficient = inner[top]
        rest = {m: c for m, c in inner.items() if m != top}
        if all(powers.get(b, 0) >= q for b, q in top):
            fewer = reduced(_shifted(less, top, -1))
            if p == -1 and not a.head.positive:
                fewer = multiply(fewer, subtract(ONE, zero(inner)))
            shifted = multiply(reduced(_shifted(monomial, top, -1)), rest)
            return scale(subtract(fewer, shifted), 1 / coefficient)
        single = a.head.positive and set(rest) == {UNIT}
        if single and all(powers.get(b, 0) <= -q for b, q in top):
            raised = scale(reduced(_shifted(monomial, top, 1)), coefficient)
            return scale(subtract(reduced(less), raised), 1 / rest[UNIT])
    return None


def leading(poly: Poly) -> Monomial | None:
    """Give the leading monomial: of the highest degree, then the last in the order of atoms; None if 1/x occurs."""
    if any(p < 0 for _, p in atoms(poly)):
        return None
    return max(
        poly, key=lambda m: (sum((p for _, p in m), Fraction(0)), [(a.key, p) for a, p in reversed(m)])
    )


def _with_power(monomial: Monomial, a: Atom, p: Exponent) -> Monomial:
    rest = _without(monomial, a)
    return ordered((*rest, (a, _whole(p)))) if p else rest


def _shifted(monomial: Monomial, by: Iterable[tuple[Atom, Exponent]], sign: int) -> Monomial:
    """Add exponents: of positive atoms, whose powers cancel, or where no exponent comes below 0."""
    for a, q in by:
        monomial = _with_power(monomial, a, dict(monomial).get(a, 0) + sign * q)
    return monomial


# --- indices ---


def rename(poly: Poly, to: Mapping[Index, Index]) -> Poly:
    """Put indices in place of free indices, all at once; two may become one."""
    present = {index: to.get(index, index) for index in indices(poly)}
    if all(index is other for index, other in present.items()):
        return poly
    if len(set(present.values())) == len(present) and all(a.head.kind != "delta" for a, _ in atoms(poly)):
        return {relabel(monomial, present): coefficient for monomial, coefficient in poly.items()}
    result = []
    for monomial, coefficient in poly.items():
        touched = [i for a, _ in monomial for i in a.indices if i in to]
        if not touched:
            result.append({monomial: coefficient})
            continue
        factors = [_put(a, p, tuple(to.get(i, i) for i in a.indices)) for a, p in monomial]
        result.append(scale(product(factors), coefficient))
    return add(*result)


def _put(a: Atom, p: Exponent, at: tuple[Index, ...]) -> Poly:
    head = a.head
    if len(set(at)) == len(at) or head.kind == "entry":
        return of_atom(atom(head, at), p)
    if head.kind == "delta":
        return ONE
    # Two ports become one: what is inside may simplify, so it is built anew.
    inner, bound = opened(head, at)
    return rebuilt(head, bound, inner, p)


def opened(head: Head, at: Iterable[Index]) -> tuple[Poly, tuple[Index, ...]]:
    """Give what is inside of an atom, at these indices, with fresh bound indices."""
    bound = tuple(Index(size) for size in head.bound)
    return rename(head.inner, dict(zip(head.slots, (*at, *bound)))), bound


def rebuilt(head: Head, bound: Iterable[Index], inner: Poly, p: Exponent) -> Poly:
    """Build an atom of another inside, to a power."""
    if head.kind == "exp":
        return exp(scale(inner, Fraction(p)))
    if head.kind == "sum":
        result = reduce(lambda body, index: bind(index, body), bound, inner)
    elif head.kind == "max":
        result = reduce(lambda body, index: greatest(index, body), bound, inner)
    elif head.kind == "apply":
        result = apply(head.data, inner)
    elif head.kind == "group":
        result = inner
    else:
        result = positive(inner) if head.kind == "pos" else zero(inner)
    return power(result, int(p))


def substitute(poly: Poly, target: Atom, value: Poly) -> Poly:
    """Put a polynomial in place of an atom, at every depth."""
    return transform(poly, lambda a: value if a == target else None, lambda a: _may_mention(a, target))


def transform(
    poly: Poly, replace: Callable[[Atom], Poly | None], look_inside: Callable[[Atom], bool] = lambda a: True
) -> Poly:
    """Replace atoms at every depth and rebuild what is around them."""
    result = []
    changed = False
    for monomial, coefficient in poly.items():
        factors = []
        for a, p in monomial:
            found = replace(a)
            if found is not None:
                factors.append(power(found, int(p)))
                changed = True
                continue
            if a.head.inner and look_inside(a):
                inner, bound = opened(a.head, a.indices)
                other = transform(inner, replace, look_inside)
                if other != inner:
                    factors.append(rebuilt(a.head, bound, other, p))
                    changed = True
                    continue
            factors.append(of_atom(a, p))
        result.append((factors, coefficient))
    if not changed:
        return poly
    return add(*(scale(product(factors), coefficient) for factors, coefficient in result))


# --- sums over an index ---


def bind(index: Index, poly: Poly) -> Poly:
    """Sum over all values of an index."""
    return add(*(scale(_bind(index, monomial), coefficient) for monomial, coefficient in poly.items()))


def _bind(index: Index, monomial: Monomial) -> Poly:
    inside = [(a, p) for a, p in monomial if index in a.indices]
    outside = tuple(factor for factor in monomial if index not in factor[0].indices)
    if not inside:
        return multiply({outside: Fraction(1)}, size_poly(index.size))  # Σ_i 1 = the size
    for a, _ in inside:
        if a.head.kind == "delta":  # Σ_j δ_ij u(j) = u(i)
            (other,) = (i for i in a.indices if i is not index)
            return rename({_without(monomial, a): Fraction(1)}, {index: other})
    return multiply({outside: Fraction(1)}, _collected([index], inside))


def _collected(bound: list[Index], factors: list[tuple[Atom, Exponent]]) -> Poly:
    """Sum a product over several indices: inner sums join in, then what is independent comes apart."""
    flat: list[tuple[Atom, Exponent]] = []
    todo = list(factors)
    while todo:
        a, p = todo.pop()
        if a.head.kind == "sum" and p > 0 and not set(bound).isdisjoint(a.indices):
            for _ in range(int(p)):
                fresh = [Index(size) for size in a.head.bound]
                to = dict(zip(a.head.slots, (*a.indices, *fresh)))
                ((body, one),) = a.head.inner.items()
                if one != 1:
                    raise EngineFault("a sum keeps its coefficient outside")
                bound = [*bound, *fresh]
                todo += [(atom(b.head, (to[i] for i in b.indices)), q) for b, q in body]
        else:
            flat.append((a, p))
    cancelled = _cancelled(bound, flat)
    if cancelled is not None:
        return cancelled
    result: list[Poly] = []
    free = [(a, p) for a, p in flat if set(bound).isdisjoint(a.indices)]
    result += [of_atom(a, p) for a, p in free]
    others = [factor for factor in flat if factor not in free]
    left = set(bound)
    while left:
        part = {min(left, key=lambda index: index.number)}
        grown = True
        while grown:
            joined = {i for a, _ in others if not part.isdisjoint(a.indices) for i in a.indices if i in left}
            grown = not joined <= part
            part |= joined
        left -= part
        summand = [factor for factor in others if not part.isdisjoint(factor[0].indices)]
        if not summand:
            (alone,) = part
            result.append(size_poly(alone.size))
        else:
            result.append(_summed(summand, part))
    return product(result)


def _summed(factors: list[tuple[Atom, Exponent]], part: set[Index]) -> Poly:
    """Close a sum, in which the order of bound indices has not decided whether u or -u is written.

    Where -u is u with indices exchanged, as for X_i - X_k, [u > 0] = 1 - [u = 0] - [-u > 0], and what is odd in u changes
    its sign. Of all these forms of a sum one is taken, and a sum that is its own form in this way is known.
    """
    closed = _closed(factors, part)
    turns = [n for n, (a, _) in enumerate(factors) if not part.isdisjoint(a.indices) and _turn(a.head)]
    if not turns or len(turns) > 4:
        return of_atom(closed)
    for n in turns:
        lower, sign = _turning(factors, n, part)
        if sign < 0 and _closed(_turned_over(factors, [n]), part) == closed:
            return scale(lower, Fraction(1, 2))
    choices = [chosen for count in range(len(turns) + 1) for chosen in combinations(turns, count)]
    best = min(choices, key=lambda chosen: _closed(_turned_over(factors, chosen), part).key)
    if not best:
        return of_atom(closed)
    lower, sign = _turning(factors, best[0], part)
    return add(lower, scale(_summed(_turned_over(factors, best[:1]), part), sign))


def _closed(factors: list[tuple[Atom, Exponent]], part: set[Index]) -> Atom:
    return close("sum", None, {ordered(factors): Fraction(1)}, part)[0]


@cache
def _turn(head: Head) -> tuple[Index, ...]:
    """Give the slots at which -u is u again, where it is and the sign of u has been chosen."""
    if head.kind in ("pos", "zero", "group") or (head.kind == "apply" and head.data == TANH):
        closed, _ = close(head.kind, head.data, scale(head.inner, -1))
        if closed.head is head:
            return closed.indices
    return ()


def _turned_over(factors: list[tuple[Atom, Exponent]], chosen: Iterable[int]) -> list[tuple[Atom, Exponent]]:
    """Write -u for u in some factors."""
    found = list(factors)
    for n in chosen:
        a, p = found[n]
        at = dict(zip(a.head.slots, a.indices))
        found[n] = (atom(a.head, (at[slot] for slot in _turn(a.head))), p)
    return found


def _turning(factors: list[tuple[Atom, Exponent]], n: int, part: set[Index]) -> tuple[Poly, int]:
    """Say what a sum is besides that with a factor turned over, and the sign of that."""
    a, p = factors[n]
    if a.head.kind != "pos":
        return NOTHING, 1 if a.head.kind == "zero" or p % 2 == 0 else -1
    rest = {ordered(factors[:n] + factors[n + 1 :]): Fraction(1)}
    lower = multiply(rest, subtract(ONE, of_atom(companion(a))))
    return reduce(lambda body, index: bind(index, body), sorted(part, key=lambda i: i.number), lower), -1


def _cancelled(bound: list[Index], flat: list[tuple[Atom, Exponent]]) -> Poly | None:
    """Take out a sum that is known: one that is divided by, or one declared to be 1."""
    for v in bound:
        touching = [factor for factor in flat if v in factor[0].indices]
        if len(touching) == 1 and _sums_to_one(*touching[0], v):
            rest = [factor for factor in flat if factor != touching[0]]
            return _collected([i for i in bound if i is not v], rest)
    for a, p in flat:
        if a.head.kind != "sum" or p >= 0 or not a.head.positive:
            continue
        ((body, _),) = a.head.inner.items()
        ports = dict(zip(a.head.slots, a.indices))
        inner_slots = a.head.slots[len(a.head.ports) :]
        for chosen in permutations(bound, len(inner_slots)):
            if any(s.size is not v.size for s, v in zip(inner_slots, chosen)):
                continue
            to = {**ports, **dict(zip(inner_slots, chosen))}
            wanted = {(atom(b.head, (to[i] for i in b.indices)), q) for b, q in body}
            touching = [factor for factor in flat if not set(chosen).isdisjoint(factor[0].indices)]
            if set(touching) == wanted:
                rest = [factor for factor in flat if factor not in wanted and factor[0] != a]
                if p + 1:
                    rest.append((a, p + 1))
                return _collected([i for i in bound if i not in chosen], rest)
    return None


def _sums_to_one(a: Atom, p: Exponent, v: Index) -> bool:
    if a.head.kind != "entry" or p != 1 or a.indices.count(v) != 1:
        return False
    axes = [axis for axis in (0, 1) if isinstance(a.head.data.shape[axis], Size)]
    axis = axes[a.indices.index(v)]
    return ("columns-sum-to-1", "rows-sum-to-1")[axis] in a.head.data.traits


def greatest(index: Index, poly: Poly) -> Poly:
    """Take the greatest value over an index; opaque."""
    if index not in indices(poly):
        return poly
    closed, _ = close("max", None, poly, [index])
    return of_atom(closed)


# --- cases ---


def by_cases(poly: Poly, function: Callable[[Poly], Poly]) -> Poly:
    """Push a function through indicators: f(a + I d) = I f(a + d) + (1 - I) f(a), where I is 0 or 1."""
    switches = [a for a, _ in atoms(poly) if a.head.is_indicator]
    if not switches:
        return function(poly)
    switch = min(switches, key=lambda a: a.key)
    on = add(*({_without(m, switch): c} for m, c in multiply(of_atom(switch), poly).items()))
    off = {m: c for m, c in poly.items() if all(a != switch for a, _ in m)}
    then, otherwise = by_cases(on, function), by_cases(off, function)
    return add(otherwise, multiply(of_atom(switch), subtract(then, otherwise)))


def zero(poly: Poly) -> Poly:
    """[u = 0]."""
    return by_cases(poly, _zero)


def _zero(poly: Poly) -> Poly:
    if not poly:
        return ONE
    if definite(poly)[1]:
        return NOTHING
    if len(poly) == 1:  # a product is 0 where a factor is
        (monomial,) = poly
        return subtract(ONE, product(subtract(ONE, _zero_atom(a)) for a, _ in monomial))
    _, _, inner = _stripped(poly)
    if len(inner) == 1 or definite(inner)[1]:
        return _zero(inner)
    return of_atom(_oriented("zero", inner)[0])


def _zero_atom(a: Atom) -> Poly:
    if a.head.positive:
        return NOTHING
    if a.head.kind == "group":
        return zero(opened(a.head, a.indices)[0])
    return of_atom(close("zero", None, of_atom(a))[0])


def positive(poly: Poly) -> Poly:
    """[u > 0]."""
    return by_cases(poly, _positive)


def _positive(poly: Poly) -> Poly:
    if not poly:
        return NOTHING
    direction, strictly = definite(poly)
    if direction:
        return (ONE if strictly else subtract(ONE, zero(poly))) if direction > 0 else NOTHING
    _, _, inner = _stripped(poly)
    if definite(inner)[0]:
        return _positive(inner)
    if len(inner) == 1:
        ((monomial, coefficient),) = inner.items()
        # Only the parity of an exponent matters for the sign; 1/x has the sign of x.
        same = ordered((a, 1 if p % 2 else 2) for a, p in monomial)
        inner = {same: Fraction(1 if coefficient > 0 else -1)}
    closed, sign = _oriented("pos", inner)
    if sign > 0:
        return of_atom(closed)
    return subtract(ONE, add(of_atom(closed), zero(poly)))


def _oriented(kind: str, poly: Poly, data: Function | None = None) -> tuple[Atom, int]:
    """Close u or -u, whichever has a positive first coefficient, and say which."""
    plus, minus = close(kind, data, poly), close(kind, data, scale(poly, -1))
    if plus[1] != minus[1]:
        return (plus[0], 1) if plus[1] > minus[1] else (minus[0], -1)
    return (plus[0], 1) if plus[0].key <= minus[0].key else (minus[0], -1)


def _stripped(poly: Poly) -> tuple[Fraction, Monomial, Poly]:
    """Write u = c m w, c > 0 rational, m a product of powers of positive atoms, w in lowest terms."""
    common: dict[Atom, Exponent] = {}
    while groups := [a for a, _ in atoms(poly) if a.head.kind == "group" and a.head.positive]:
        a = max(groups, key=lambda group: group.key)
        poly, least = over_common(poly, a)
        common[a] = common.get(a, 0) + least
    for a in dict.fromkeys(a for a, _ in atoms(poly)):
        least = min(dict(m).get(a, 0) for m in poly)
        if a.head.positive and least:
            common[a] = least
    poly = {
        _shifted(m, [(a, common[a]) for a in common if a.head.kind != "group"], -1): c
        for m, c in poly.items()
    }
    factor = Fraction(
        gcd(*(c.numerator for c in poly.values())), lcm(*(c.denominator for c in poly.values()))
    )
    return factor, ordered(common.items()), {m: c / factor for m, c in poly.items()}


def over_common(poly: Poly, a: Atom) -> tuple[Poly, Exponent]:
    """Write u = w a^p, where a that is not 0 is divided by in u, and not in w; give w and p."""
    least = min(dict(m).get(a, 0) for m in poly)
    inner = opened(a.head, a.indices)[0] if a.head.kind == "group" else None
    parts = []
    for monomial, coefficient in poly.items():
        p = _whole(dict(monomial).get(a, 0) - least)
        rest = {_without(monomial, a): coefficient}
        if inner is not None:
            rest = multiply(rest, power(inner, int(p)))
        elif p:
            rest = multiply(rest, of_atom(a, p))
        parts.append(rest)
    return add(*parts), least


# --- functions ---


def inverse(poly: Poly) -> Poly:
    """1/u; 1/0 is 0."""
    return by_cases(poly, _inverse)


def _inverse(poly: Poly) -> Poly:
    if not poly:
        return NOTHING
    factor, common, inner = _stripped(poly)
    # A factor of every term comes out too, even one that may be 0: then both sides are 0.
    shared = [
        (a, least)
        for a in dict.fromkeys(a for a, _ in atoms(inner))
        if (least := min(dict(m).get(a, 0) for m in inner)) > 0
    ]
    if len(inner) == 1:
        ((monomial, sign),) = inner.items()
        return scale(product(_turned(a, p) for a, p in (*common, *monomial)), 1 / (factor * sign))
    inner = {_shifted(m, shared, -1): c for m, c in inner.items()}
    closed, sign_ = _oriented("group", inner)
    turned = [_turned(a, p) for a, p in (*common, *shared)]
    return scale(product([of_atom(closed, -1), *turned]), sign_ / factor)


def _turned(a: Atom, p: Exponent) -> Poly:
    """1/a^p; a polynomial that was divided by comes back as what it is."""
    if a.head.kind == "group" and p < 0:
        return power(opened(a.head, a.indices)[0], -int(p))
    return reduced(((a, -p),))


def exp(poly: Poly) -> Poly:
    """Apply the exponential: exp(a + c m) = exp(a) exp(m)^c."""
    return by_cases(poly, _exp)


def _exp(poly: Poly) -> Poly:
    return product(_exp_of(monomial, _whole(coefficient)) for monomial, coefficient in poly.items())


def _exp_of(monomial: Monomial, times: Exponent) -> Poly:
    if len(monomial) == 1 and monomial[0][1] == 1 and isinstance(times, int):
        a = monomial[0][0]
        if a.head.kind == "apply" and a.head.data == LOG:  # exp(log u) = u, by the premise u > 0 of log u
            return power(opened(a.head, a.indices)[0], times)
    return of_atom(close("exp", EXP, {monomial: Fraction(1)})[0], times)


def apply(function: Function, poly: Poly) -> Poly:
    """Apply a function."""
    if function == EXP:
        return exp(poly)
    if function == LOG:
        return by_cases(poly, _log)
    return by_cases(poly, lambda u: _apply(function, u))


def _apply(function: Function, poly: Poly) -> Poly:
    if function == TANH:
        if not poly:
            return NOTHING
        closed, sign = _oriented("apply", poly, TANH)
        return scale(of_atom(closed), sign)
    return of_atom(close("apply", function, poly)[0])


def _log(poly: Poly) -> Poly:
    """Apply the logarithm. Factors that are positive come out: so u > 0, the premise of log u, is what is needed."""
    if not poly:
        return of_atom(close("apply", LOG, poly)[0])
    factor, common, inner = _stripped(poly)
    result = [_log_number(factor)]
    for a, p in common:
        result.append(scale(_log_atom(a), Fraction(p)))
    whole = _multiplied_out(inner)
    if whole != inner:
        result.append(_log(whole))
    elif inner != ONE:
        result.append(of_atom(close("apply", LOG, inner)[0]))
    return add(*result)


def _multiplied_out(poly: Poly) -> Poly:
    """Multiply out what is divided by: once it is stripped off as a factor, it may stand above the line."""
    terms = []
    for monomial, coefficient in poly.items():
        above = [(a, int(p)) for a, p in monomial if a.head.kind == "group" and p > 0]
        rest = tuple((a, p) for a, p in monomial if not (a.head.kind == "group" and p > 0))
        terms.append(
            product([{rest: coefficient}, *(power(opened(a.head, a.indices)[0], p) for a, p in above)])
        )
    return add(*terms)


def _log_atom(a: Atom) -> Poly:
    if a.head.kind == "exp":
        return opened(a.head, a.indices)[0]
    if a.head.kind == "group":
        return of_atom(close("apply", LOG, opened(a.head, a.indices)[0])[0])
    return of_atom(close("apply", LOG, of_atom(a))[0])


def _log_number(value: Fraction) -> Poly:
    return subtract(_log_whole(value.numerator), _log_whole(value.denominator))


def _log_whole(value: int) -> Poly:
    """Write the logarithm of a whole number by its prime factors."""
    result: list[Poly] = []
    prime = 2
    while value > 1:
        if prime * prime > value or prime > 10_000:
            prime = value
        while value % prime == 0:
            result.append(of_atom(close("apply", LOG, constant(prime))[0]))
            value //= prime
        prime += 1
    return add(*result)

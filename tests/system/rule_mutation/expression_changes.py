"""Changes of a PromQL expression, one at a time: operators, functions, labels, numbers, windows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import promql_parser as promql

COMPARISONS = {
    ">": (">=", "<"),
    ">=": (">", "<="),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    "==": ("!=",),
    "!=": ("==",),
}
ARITHMETIC = {"+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",)}
SETS = {"or": ("and",), "and": ("unless",), "unless": ("and",)}
AGGREGATIONS = {
    "max": ("min", "sum"),
    "min": ("max", "sum"),
    "sum": ("max", "count"),
    "count": ("sum",),
    "topk": ("bottomk",),
}
FUNCTIONS = {
    "changes": "resets",
    "increase": "rate",
    "last_over_time": "max_over_time",
    "max_over_time": "min_over_time",
    "min_over_time": "max_over_time",
}
SPLIT = "instance"
"""A label that each worker has a value of its own for."""


@dataclass(frozen=True)
class Change:
    """One change of an expression."""

    kind: str
    what: str
    """The change in short, such as `max -> min`."""
    where: str
    """The part of the expression that is changed."""
    expr: str
    """The whole expression with the change."""


def changes(expr: str) -> list[Change]:
    """Return every change of an expression that gives another expression.

    >>> [change.expr for change in changes("x > 10")]
    ['x{} >= 10', 'x{} < 10', 'x{}', 'x{} > 9', 'x{} > 11']
    >>> [change.what for change in changes('max by (job) (x{a="b"}[5m:1m])')][:4]
    ['max -> min', 'max -> sum', 'by: no job', 'by: and instance']
    """
    seen = {str(promql.parse(expr))}
    met: Counter[tuple[str, str]] = Counter()
    found = []
    for change in _of(promql.parse(expr)):
        text = str(promql.parse(change.expr))
        if text not in seen:
            seen.add(text)
            met[change.what, change.where] += 1
            number = met[change.what, change.where]
            what = f"{change.what} ({number})" if number > 1 else change.what
            found.append(replace(change, what=what, expr=text))
    return found


def _of(node: promql.Expr) -> Iterator[Change]:
    match node:
        case promql.ParenExpr():
            yield from _inside("({})", node.expr)
        case promql.BinaryExpr():
            yield from _of_operator(node)
        case promql.AggregateExpr():
            yield from _of_aggregation(node)
        case promql.Call():
            yield from _of_call(node)
        case promql.SubqueryExpr():
            yield from _of_subquery(node)
        case promql.MatrixSelector():
            yield from _of_window(node)
        case promql.VectorSelector():
            yield from _of_selector(node)
        case promql.NumberLiteral():
            yield from _of_number(node)
        case promql.StringLiteral():
            return
        case _:
            raise NotImplementedError(f"no changes are known for {type(node).__name__}: {node}")


def _inside(frame: str, child: promql.Expr) -> Iterator[Change]:
    """Yield the changes of a child within the text of its parent."""
    for change in _of(child):
        yield replace(change, expr=frame.replace("{}", change.expr, 1))


def _of_operator(node: promql.BinaryExpr) -> Iterator[Change]:
    operator, modifier = str(node.op), _Matching.of(node)
    where = f"{operator}{modifier} {node.rhs}"
    for kind, other in _other_operators(operator):
        expr = f"({node.lhs}) {other}{modifier} ({node.rhs})"
        yield Change(kind, f"{operator} -> {other}", where, expr)
    if operator in SETS or operator in COMPARISONS:
        yield Change("operand", f"{operator}: no right side", where, f"{node.lhs}")
    if operator == "or":
        yield Change("operand", "or: no left side", where, f"{node.rhs}")
    for what, without in modifier.without_a_label():
        expr = f"{node.lhs} {operator}{without} {node.rhs}"
        yield Change("matching", what, where, expr)
    for change in _of(node.lhs):
        yield replace(change, expr=f"{change.expr} {operator}{modifier} {node.rhs}")
    for change in _of(node.rhs):
        yield replace(change, expr=f"{node.lhs} {operator}{modifier} {change.expr}")


def _other_operators(operator: str) -> Iterator[tuple[str, str]]:
    """Yield (kind of change, operator) of the operators that take the place of one."""
    for kind, others in (
        ("set operator", SETS),
        ("comparison", COMPARISONS),
        ("arithmetic", ARITHMETIC),
    ):
        for other in others.get(operator, ()):
            yield kind, other


@dataclass(frozen=True)
class _Matching:
    """How the two sides of an operator are matched."""

    returns_bool: bool
    on: tuple[str, ...] | None
    group: str
    included: tuple[str, ...]

    @classmethod
    def of(cls, node: promql.BinaryExpr) -> "_Matching":
        modifier = node.modifier
        if modifier is None:
            return cls(returns_bool=False, on=None, group="", included=())
        cardinality = str(modifier.card).rpartition(".")[2]
        group = {"ManyToOne": "group_left", "OneToMany": "group_right"}.get(cardinality, "")
        matching = modifier.matching
        return cls(
            returns_bool=modifier.return_bool,
            on=None if matching is None else tuple(matching.labels),
            group=group,
            included=tuple(modifier.group_labels or ()),
        )

    def __str__(self) -> str:
        on = "" if self.on is None else f" on ({', '.join(self.on)})"
        group = f" {self.group} ({', '.join(self.included)})" if self.group else ""
        return f"{' bool' if self.returns_bool else ''}{on}{group}"

    def without_a_label(self) -> Iterator[tuple[str, "_Matching"]]:
        for label in self.on or ():
            yield f"on: no {label}", replace(self, on=_without(self.on or (), label))
        for label in self.included:
            yield (
                f"{self.group}: no {label}",
                replace(self, included=_without(self.included, label)),
            )


def _of_aggregation(node: promql.AggregateExpr) -> Iterator[Change]:
    operator, labels = str(node.op), tuple(node.modifier.labels) if node.modifier else ()
    parameter = "" if node.param is None else f"{node.param}, "

    def text(operator: str, labels: tuple[str, ...], parameter: str = parameter) -> str:
        return f"{operator} by ({', '.join(labels)}) ({parameter}{node.expr})"

    where = text(operator, labels)
    for other in AGGREGATIONS[operator]:
        yield Change("aggregation", f"{operator} -> {other}", where, text(other, labels))
    for label in labels:
        what = f"by: no {label}"
        yield Change("label", what, where, text(operator, _without(labels, label)))
    if SPLIT not in labels:
        yield Change("label", f"by: and {SPLIT}", where, text(operator, (*labels, SPLIT)))
    if node.param is not None:
        for change in _of(node.param):
            yield replace(change, where=where, expr=text(operator, labels, f"{change.expr}, "))
    yield from _inside(f"{operator} by ({', '.join(labels)}) ({parameter}{{}})", node.expr)


def _of_call(node: promql.Call) -> Iterator[Change]:
    name, where = node.func.name, str(node)
    arguments = [str(argument) for argument in node.args]
    if name in FUNCTIONS:
        other = FUNCTIONS[name]
        yield Change("function", f"{name} -> {other}", where, f"{other}({', '.join(arguments)})")
    if node.args:
        yield Change("function", f"no {name}", where, _instant(node.args[0]))
    for place, argument in enumerate(node.args):
        for change in _of(argument):
            changed = [*arguments[:place], change.expr, *arguments[place + 1 :]]
            yield replace(change, expr=f"{name}({', '.join(changed)})")


def _instant(node: promql.Expr) -> str:
    """Return the text of an argument without its window."""
    match node:
        case promql.MatrixSelector():
            return str(node.vector_selector)
        case promql.SubqueryExpr():
            return str(node.expr)
        case _:
            return str(node)


def _of_subquery(node: promql.SubqueryExpr) -> Iterator[Change]:
    step = promql.display_duration(node.step)
    for what, window in _windows(node.range):
        yield Change("window", what, str(node), f"{node.expr}[{window}:{step}]")
    yield from _inside(f"{{}}[{promql.display_duration(node.range)}:{step}]", node.expr)


def _of_window(node: promql.MatrixSelector) -> Iterator[Change]:
    for what, window in _windows(node.range):
        yield Change("window", what, str(node), f"{node.vector_selector}[{window}]")
    yield from _inside(f"{{}}[{promql.display_duration(node.range)}]", node.vector_selector)


def _windows(window: timedelta) -> Iterator[tuple[str, str]]:
    before = promql.display_duration(window)
    for other in (window / 2, window * 2):
        yield f"[{before}] -> [{promql.display_duration(other)}]", promql.display_duration(other)


def _of_selector(node: promql.VectorSelector) -> Iterator[Change]:
    matchers = list(node.matchers.matchers)
    offset = f" offset {promql.display_duration(node.offset)}" if node.offset else ""

    def text(matchers: list[str], offset: str = offset) -> str:
        return f"{node.name}{{{','.join(matchers)}}}{offset}"

    written = [str(matcher) for matcher in matchers]
    for place, matcher in enumerate(matchers):
        others = written[:place], written[place + 1 :]
        without, negated = [*others[0], *others[1]], f'{matcher.name}!="{matcher.value}"'
        yield Change("matcher", f"no {matcher}", str(node), text(without))
        changed = text([*others[0], negated, *others[1]])
        yield Change("matcher", f"{matcher} -> {negated}", str(node), changed)
    if node.offset:
        yield Change("offset", f"no{offset}", str(node), text(written, ""))
        for what, window in _windows(node.offset):
            yield Change("offset", f"offset {what}", str(node), text(written, f" offset {window}"))


def _of_number(node: promql.NumberLiteral) -> Iterator[Change]:
    step = max(1, round(abs(node.val) / 10))
    for other in (node.val - step, node.val + step):
        if node.val or other > 0:
            text = f"{other:.6f}".rstrip("0").rstrip(".")
            yield Change("number", f"{node} -> {text}", str(node), text)


def _without(labels: tuple[str, ...], label: str) -> tuple[str, ...]:
    return tuple(one for one in labels if one != label)

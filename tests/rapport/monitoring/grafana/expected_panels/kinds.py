"""Kinds of panels: what each must show, against what Grafana's code shows."""

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from expected_panels.series import Asked, Series
from expected_panels.texts import percent, short

GOOD, WATCH, BAD, GREY = "#56B4E9", "#E69F00", "#D55E00", "#999999"
BLUE, GREEN, PURPLE = "#0072B2", "#009E73", "#CC79A7"
ORANGE, SKY, VERMILLION = WATCH, GOOD, BAD
NO_COLOR = "#00000000"
NOT_KNOWN = [("not known", GREY)]
LEAST_POINTS = 0.0005
"""Points below it round to none."""
Shown = Callable[[Asked], Series]


def bad_from(limit):
    return lambda value: BAD if value >= limit else GOOD


def watch_from(limit):
    return lambda value: WATCH if value >= limit else GOOD


def gauge(metric, *by, of=max, job="rapport", **labels):
    """One value for each value of some labels, of all workers."""
    return lambda asked: asked(metric, job, **labels).by(*by, of=of)


def rate(metric, *by, function="rate", job="rapport"):
    """What a counter grew by in a second, or by `increase` in a minute, of all workers."""
    return lambda asked: asked(metric, job, function).by(*by, of=sum)


def named(legend, labels):
    """The legend of a series."""
    for name, value in labels.items():
        legend = legend.replace(f"{{{name}}}", value)
    return legend


def rounded(value):
    """A number as it is compared: sums in another order differ in their last digits."""
    return "none" if math.isnan(value) else f"{value:.9g}"


class Panel:
    """What a panel must show, from the series that a query gives."""

    def compare(self, panel, asked):
        """Fail where the panel shows something else."""
        assert self.found(panel) == self.expected(asked)


@dataclass(frozen=True)
class Curve:
    """One query of a graph: its legend with labels in braces, its colour, and its series."""

    legend: str
    color: str
    series: Shown


@dataclass(frozen=True)
class Graph(Panel):
    """Lines or bars over time."""

    unit: Callable[[float], str]
    curves: tuple[Curve, ...]

    def expected(self, asked):
        return sorted(
            (
                named(curve.legend, labels),
                curve.color,
                self.last(found),
                [(at, rounded(value)) for at, value in sorted(found.items())],
            )
            for curve in self.curves
            for labels, found in curve.series(asked)
        )

    def last(self, found):
        """The text of the last value in the legend; a ratio of nothing to nothing is none."""
        numbers = [value for _, value in sorted(found.items()) if not math.isnan(value)]
        return self.unit(numbers[-1]) if numbers else ""

    def found(self, panel):
        return sorted(
            (one["title"], one["line"], one["text"], points(one)) for one in panel["values"]
        )


def points(line):
    pairs = zip(line["times"], line["values"], strict=True)
    return [(at / 1000, rounded(math.nan if value is None else value)) for at, value in pairs]


@dataclass(frozen=True)
class Timeline(Panel):
    """States over time, each with its text and its colour."""

    legend: str
    texts: dict[float, tuple[str, str]]
    series: Shown

    def expected(self, asked):
        return sorted(
            (
                named(self.legend, labels),
                [(at, *self.texts[value]) for at, value in sorted(found.items())],
            )
            for labels, found in self.series(asked)
        )

    def found(self, panel):
        return sorted((one["title"], states(one)) for one in panel["values"])


def states(line):
    shown = {name: (one["text"], one["color"]) for name, one in line["texts"].items()}
    pairs = zip(line["times"], line["values"], strict=True)
    return [(at / 1000, *shown[str(value)]) for at, value in pairs]


@dataclass(frozen=True)
class Bars(Panel):
    """Bars of what is now, the longest first."""

    unit: Callable[[float], str]
    legend: str
    color: str
    series: Shown
    names: dict[str, str] | None = None
    most: int = 100

    def expected(self, asked):
        bars = [
            (-value, named(self.legend, labels))
            for labels, found in self.series(asked)
            for value in found.values()
        ]
        shown = sorted(bars)[: self.most]
        return sorted(
            (self.names[title] if self.names else title, self.unit(-value), self.color)
            for value, title in shown
        )

    def found(self, panel):
        values = [one["value"] for one in panel["values"]]
        assert values == sorted(values, reverse=True) or len(values) == 1
        bars = [(one["title"], one["text"], one["color"]) for one in panel["values"]]
        return [] if [text for _, text, _ in bars] == ["No data"] else sorted(bars)


@dataclass(frozen=True)
class Stat(Panel):
    """One number or state that is now."""

    text: Callable[[float], str]
    color: Callable[[float], str]
    series: Shown

    def expected(self, asked):
        values = [value for _, found in self.series(asked) for value in found.values()]
        return [(self.text(value), self.color(value)) for value in values] or NOT_KNOWN

    def found(self, panel):
        return [(one["text"], one["color"]) for one in panel["values"]]


@dataclass(frozen=True)
class Stats(Panel):
    """Several numbers that are now, each with a title and a colour."""

    stats: tuple[tuple[str, Stat], ...]

    def expected(self, asked):
        shown = [
            (title, *one)
            for title, stat in self.stats
            for one in stat.expected(asked)
            if [one] != NOT_KNOWN
        ]
        return shown or [("", *NOT_KNOWN[0])]

    def found(self, panel):
        shown = [(one["title"], one["text"], one["color"]) for one in panel["values"]]
        return [("", *one[1:]) for one in shown] if len(shown) == 1 else shown


@dataclass(frozen=True)
class Column:
    """A column of a table: the text of each row, and its colour where cells have one."""

    title: str
    series: Shown | None = None
    """Values by the keys of the rows; without it the column shows a label of the rows."""
    text: Callable[[float], str] = short
    color: Callable[[float], str] | None = None
    label: str = ""
    """A label that is shown instead of the value."""
    empty: tuple[str, str] = ("", "")
    """What a row without a value shows."""

    def cells(self, table, asked):
        """The text and the colour by key of the row; several where either is right."""
        found = defaultdict(list)
        for labels, values in (self.series or table.rows)(asked):
            for value in values.values():
                text = labels.get(self.label, "") if self.label else self.text(value)
                found[table.key(labels)].append((text, self.color(value) if self.color else ""))
        return found


@dataclass(frozen=True)
class Table(Panel):
    """Rows by the values of some labels, in the order of one column."""

    keys: tuple[str, ...]
    rows: Shown
    """A series for each row."""
    columns: tuple[Column, ...]
    """As many first ones as there are keys tell rows apart."""
    order: Callable[[dict[str, str], float], object] = lambda _labels, value: -value

    def key(self, labels):
        return tuple(labels.get(name, "") for name in self.keys)

    def compare(self, panel, asked):
        columns = [column.cells(self, asked) for column in self.columns]
        expected, orders = {}, {}
        for labels, values in self.rows(asked):
            key = self.key(labels)
            right = [
                cells.get(key, [column.empty])
                for column, cells in zip(self.columns, columns, strict=True)
            ]
            (name,) = {
                tuple(text for text, _ in one) for one in zip(*right[: len(key)], strict=True)
            }
            expected[name], orders[name] = right, self.order(labels, *values.values())
        rows = {tuple(text for text, _ in row[: len(self.keys)]): row for row in self.found(panel)}
        assert rows.keys() == expected.keys()
        wrong = [
            (name, cell, right)
            for name, row in rows.items()
            for cell, right in zip(row, expected[name], strict=True)
            if cell not in right
        ]
        assert wrong == []
        assert [orders[name] for name in rows] == sorted(orders.values())

    def found(self, panel):
        """The cells of each row; a column that no series fills is not there."""
        shown = {one["title"]: one["cells"] for one in panel["values"]}
        assert list(shown) == [title for title in self.titles if title in shown]
        count = max(map(len, shown.values()), default=0)
        columns = [
            [(cell["text"], cell["color"] if column.color else "") for cell in shown[column.title]]
            if column.title in shown
            else [("", "")] * count
            for column in self.columns
        ]
        return list(zip(*columns, strict=True))

    @property
    def titles(self):
        return [column.title for column in self.columns]


@dataclass(frozen=True)
class Waterfall(Panel):
    """Bars that begin where the one before ends: the parts of a score, to the whole."""

    parts: Shown

    def expected(self, asked):
        return sorted(
            (
                labels["component"],
                shown(value, BLUE),
                shown(-value, VERMILLION),
            )
            for labels, found in self.parts(asked)
            for value in found.values()
        )

    def found(self, panel):
        columns = {
            one["title"]: [(cell["text"], cell["color"]) for cell in one["cells"]]
            for one in panel["values"]
        }
        if not columns:
            return []
        names = [text for text, _ in columns["component"]]
        assert {color for _, color in columns["under"]} == {NO_COLOR}
        raises, lowers = (
            [(text, color if text else "") for text, color in columns[title]]
            if title in columns
            else [("", "")] * len(names)
            for title in ("raises it", "lowers it")
        )
        return sorted(zip(names, raises, lowers, strict=True))


def shown(points, color):
    """The text and the colour of a bar; points that round to none have no bar."""
    return (percent(points), color) if points > LEAST_POINTS else ("", "")


def lines(unit, *curves):
    """A graph of curves, each given as legend, colour and series."""
    return Graph(unit, tuple(Curve(*curve) for curve in curves))


OVER_TIME = (Graph, Timeline)
"""Kinds that show more than what is now."""

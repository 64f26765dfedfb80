"""Series at the times at which a panel asks, and what is calculated from them, one by one.

Prometheus gives the scraped series only, or the rate of one series: sums, maxima, differences and
ratios over several are made here, so that a panel's query is compared with another calculation.
"""

import json
from collections import defaultdict
from functools import cache
from urllib.parse import urlencode
from urllib.request import Request, urlopen

NAMELESS = {"__name__", "job"}


class Series:
    """Values by time, by labels."""

    def __init__(self, values):
        self.values = {labels: found for labels, found in values.items() if found}

    def __iter__(self):
        return iter((dict(labels), found) for labels, found in self.values.items())

    def by(self, *names, of=max):
        """One series for each value of some labels, or one without labels."""
        groups = defaultdict(lambda: defaultdict(list))
        for labels, found in self:
            key = frozenset((name, labels[name]) for name in names if name in labels)
            for at, value in found.items():
                groups[key][at].append(value)
        return Series(
            {
                key: {at: float(of(values)) for at, values in found.items()}
                for key, found in groups.items()
            }
        )

    def where(self, **wanted):
        """Only series with these labels."""
        return Series(
            {
                labels: found
                for labels, found in self.values.items()
                if wanted.items() <= dict(labels).items()
            }
        )

    def keep(self, test):
        """Only values that pass a test."""
        return self.each(lambda value: value if test(value) else None)

    def each(self, change):
        """Every value changed; None drops it."""
        return Series(
            {
                labels: {
                    at: new for at, value in found.items() if (new := change(value)) is not None
                }
                for labels, found in self.values.items()
            }
        )

    def also(self, other):
        """These series, and of others those with labels or at times that these do not have."""
        merged = {labels: dict(found) for labels, found in other.values.items()}
        for labels, found in self.values.items():
            merged[labels] = merged.get(labels, {}) | found
        return Series(merged)

    def labelled(self, **labels):
        """The same series with further labels."""
        return Series(
            {frozenset((dict(key) | labels).items()): found for key, found in self.values.items()}
        )

    def renamed(self, label, names):
        """The same series with the name of a label's value as a further label."""
        return Series(
            {
                frozenset(
                    (dict(key) | {f"{label} name": names[dict(key)[label]]}).items()
                    if label in dict(key)
                    else key
                ): found
                for key, found in self.values.items()
            }
        )

    def both(self, other, calculate):
        """What is calculated of two values with the same labels; None drops it.

        `other` is a number, one series for all, or series with the same labels.
        """
        if not isinstance(other, Series):
            return self.each(lambda value: calculate(value, other))
        made = {}
        for labels, found in self.values.items():
            partner = other.values.get(labels, other.values.get(frozenset(), {}))
            made[labels] = {
                at: new
                for at, value in found.items()
                if at in partner and (new := calculate(value, partner[at])) is not None
            }
        return Series(made)

    def __add__(self, other):
        return self.both(other, lambda one, two: one + two)

    def __sub__(self, other):
        return self.both(other, lambda one, two: one - two)

    def __mul__(self, other):
        return self.both(other, lambda one, two: one * two)

    def __truediv__(self, other):
        return self.both(other, lambda one, two: one / two if two else None)


class Asked:
    """Prometheus, asked for series as they were at some times: at one, or at the steps of a graph.

    `client` is the one that the dashboard shows; `step` is 0 for the one time `end`.
    """

    def __init__(self, url, client, end, start=0, step=0):
        self._url, self.client = url, client
        self.start, self.end, self.step = start, end, step

    @property
    def times(self):
        """Every time at which series are asked."""
        if not self.step:
            return [self.end]
        count = round((self.end - self.start) / self.step) + 1
        return [self.start + number * self.step for number in range(count)]

    def __call__(self, metric, job="rapport", function="", window="1m", offset="", **labels):
        """The series of a metric, an `offset` before; or a `function` over a time, such as rate."""
        matchers = ",".join(f'{name}="{value}"' for name, value in labels.items())
        selector = f'{metric}{{job=~"{job}",{matchers}}}'
        query = f"{selector} offset {offset}" if offset else selector
        query = f"{function}({selector}[{window}])" if function else query
        return series_of(self._url, query, self.start, self.end, self.step)

    def at_end(self):
        """The same at the last of the times alone."""
        return Asked(self._url, self.client, self.times[-1])

    def clock(self):
        """The time itself, as a series without labels."""
        return Series({frozenset(): {at: float(at) for at in self.times}})

    def constant(self, value):
        """The same value at each time, as a series without labels."""
        return Series({frozenset(): dict.fromkeys(self.times, float(value))})


@cache
def series_of(url, query, start, end, step):
    """The series that Prometheus answers with."""
    path, times = ("query_range", {"start": start, "end": end, "step": step})
    if not step:
        path, times = "query", {"time": end}
    body = urlencode({"query": query, **times}).encode()
    with urlopen(Request(f"{url}/api/v1/{path}", body)) as answer:  # noqa: S310 # our own address
        result = json.load(answer)["data"]["result"]
    found = {}
    for one in result:
        labels = frozenset(pair for pair in one["metric"].items() if pair[0] not in NAMELESS)
        pairs = one.get("values") or [one["value"]]
        found[labels] = {float(at): float(value) for at, value in pairs}
    return Series(found)

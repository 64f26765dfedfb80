"""A snapshot of all series, rendered as Prometheus text or OpenMetrics, a hundred thousand at once.

The frame of each family (its head, its name, the order of its labels) is taken from the client
library's own encoder; only label values and numbers are filled in here, a slice of a family in one
formatting call. The bytes are the library's own.
"""

import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from msgspec.json import encode as encode_json
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.utils import floatToGoString

from rapport.monitoring.metrics.catalogue import families
from rapport.monitoring.metrics.model import Metric, Sample

SLICE_SERIES: Final = 4_000
"""Series formatted in one call, which holds the interpreter for about 1 ms."""
GZIP_LEVEL: Final = 1
GZIP_FORMAT: Final = zlib.MAX_WBITS | 16
BODIES_MAX: Final = 4
"""Rendered bodies that a snapshot keeps: two formats, plain and zipped."""

Encoder = Callable[[Any], bytes]
to_go: Callable[[float], str] = floatToGoString


class Body(NamedTuple):
    """What a reader gets: pieces small enough to be sent one at a time, and what they are."""

    pieces: tuple[bytes, ...]
    content_type: str


class Exposition:
    """The series as they were at one moment; rendering does not touch the worker."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._families = {metric: _Columns.of(found) for metric, found in families(samples).items()}
        self._bodies: dict[tuple[Any, ...], tuple[bytes, ...]] = {}

    def render(self, accept: str, *, gzip: bool) -> Body:
        """Return the body for what the reader accepts, rendered at most once per format."""
        encoder, content_type = choose_encoder(accept)
        key = (*_format(encoder), gzip)
        pieces = self._bodies.get(key)
        if pieces is None:
            if len(self._bodies) >= BODIES_MAX:
                self._bodies.clear()
            text = self._text(encoder)
            pieces = tuple(filter(None, _zipped(text) if gzip else text))
            self._bodies[key] = pieces
        return Body(pieces, content_type)

    def _text(self, encoder: Encoder) -> Iterator[bytes]:
        end = encoder(_registry())
        for metric, columns in self._families.items():
            frame = _Frame.of(metric, encoder, end)
            yield frame.head
            for lines in frame.lines(columns):
                yield lines
                # Lets go of the interpreter: a loop that waits would else wait 5 ms for its turn.
                time.sleep(0)
        yield end


class _Columns(NamedTuple):
    labels: tuple[tuple[str, ...], ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "_Columns":
        # One generator per column, not one zip of all: a long C call would hold the interpreter.
        places = range(len(samples[0].labels) if samples else 0)
        labels = tuple(tuple(sample.labels[place] for sample in samples) for place in places)
        return cls(labels, tuple(float(sample.value) for sample in samples))

    def slices(self) -> Iterator["_Columns"]:
        for start in range(0, len(self.values), SLICE_SERIES):
            part = slice(start, start + SLICE_SERIES)
            yield _Columns(tuple(column[part] for column in self.labels), self.values[part])


class _Frame(NamedTuple):
    """A family as the library writes it, with places for the labels' values and the number."""

    head: bytes
    line: str
    order: tuple[int, ...]

    @classmethod
    def of(cls, metric: Metric, encoder: Encoder, end: bytes) -> "_Frame":
        probe = Sample(metric, tuple(str(place) for place in range(len(metric.labels))), 0)
        written = encoder(_registry(_family(metric, probe))).removesuffix(end).decode()
        head, _, line = written[:-1].rpartition("\n")
        places = tuple(int(place) for place in re.findall(r'="(\d+)"', line))
        line = re.sub(r'="\d+"', '="%s"', line.replace("%", "%%"))
        return cls(f"{head}\n".encode(), f"{line.removesuffix('0.0')}%s\n", places)

    def lines(self, columns: _Columns) -> Iterator[bytes]:
        width = len(self.order) + 1
        for part in columns.slices():
            filled: list[str] = [""] * (len(part.values) * width)
            for place, column in enumerate(self.order):
                filled[place::width] = _escaped(part.labels[column])
            filled[width - 1 :: width] = _numbers(part.values)
            yield (self.line * len(part.values) % tuple(filled)).encode()


def _family(metric: Metric, sample: Sample) -> Family:
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=metric.labels)
    family.add_metric(sample.labels, sample.value)
    return family


def _registry(*found: Family) -> Any:
    return SimpleNamespace(collect=lambda: found)


def _format(encoder: Any) -> tuple[Any, Any]:
    # A reader's version of OpenMetrics is a partial argument too, and changes no byte of ours.
    return getattr(encoder, "func", encoder), getattr(encoder, "keywords", {}).get("escaping")


def _escaped(values: Sequence[str]) -> Sequence[str]:
    together = "".join(values)
    if not any(special in together for special in '\\\n"'):
        return values
    return [value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for value in values]


def _numbers(values: Sequence[float]) -> Sequence[str]:
    # Both write the shortest digits; they differ in when they change to an exponent.
    numbers = encode_json(values)[1:-1].decode().split(",")
    for place, value in enumerate(values):
        if not (1e-4 <= value < 1e6 or value == 0 or -1e6 < value <= -1e-4):  # noqa: PLR2004 # where both agree
            numbers[place] = to_go(value)
    return numbers


def _zipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_FORMAT)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()

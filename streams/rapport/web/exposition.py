"""The exposition of all series, as Prometheus text or OpenMetrics, fast for 100,000 series.

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

from rapport.monitoring.metrics.catalogue import group_by_metric
from rapport.monitoring.metrics.model import Metric, Sample

SLICE_SERIES: Final = 4_000
"""Series formatted in one call, which holds the interpreter for about 1 ms."""
GZIP_LEVEL: Final = 1
GZIP_FORMAT: Final = zlib.MAX_WBITS | 16
BODIES_MAX: Final = 4
"""Rendered bodies that are cached: two formats, plain and compressed."""

Encoder = Callable[[Any], bytes]
to_go: Callable[[float], str] = floatToGoString


class Body(NamedTuple):
    """The body of a response, in pieces that are sent one at a time, and its content type."""

    pieces: tuple[bytes, ...]
    content_type: str


class Exposition:
    """The series of one snapshot; rendering does not touch the worker."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        by_metric = group_by_metric(samples)
        self._families = {metric: _Columns.of(rows) for metric, rows in by_metric.items()}
        self._bodies: dict[tuple[Any, ...], tuple[bytes, ...]] = {}

    def render(self, accept: str, *, gzip: bool) -> Body:
        """Return the body in the format that the reader accepts, rendered once per format."""
        encoder, content_type = choose_encoder(accept)
        key = (*_format(encoder), gzip)
        pieces = self._bodies.get(key)
        if pieces is None:
            if len(self._bodies) >= BODIES_MAX:
                self._bodies.clear()
            text = self._text(encoder)
            pieces = tuple(filter(None, _compressed(text) if gzip else text))
            self._bodies[key] = pieces
        return Body(pieces, content_type)

    def _text(self, encoder: Encoder) -> Iterator[bytes]:
        end = encoder(_registry())
        for metric, columns in self._families.items():
            frame = _Frame.of(metric, encoder, end)
            yield frame.head
            for lines in frame.lines(columns):
                yield lines
                # Releases the interpreter lock: an event loop would otherwise wait 5 ms for it.
                time.sleep(0)
        yield end


class _Columns(NamedTuple):
    labels: tuple[tuple[str, ...], ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "_Columns":
        # One generator per column, not one zip of all: a long C call would hold the interpreter.
        indexes = range(len(samples[0].labels) if samples else 0)
        labels = tuple(tuple(sample.labels[index] for sample in samples) for index in indexes)
        return cls(labels, tuple(float(sample.value) for sample in samples))

    def slices(self) -> Iterator["_Columns"]:
        for start in range(0, len(self.values), SLICE_SERIES):
            part = slice(start, start + SLICE_SERIES)
            yield _Columns(tuple(column[part] for column in self.labels), self.values[part])


class _Frame(NamedTuple):
    """A family as the library writes it: a template for its label values and its number."""

    head: bytes
    line: str
    order: tuple[int, ...]

    @classmethod
    def of(cls, metric: Metric, encoder: Encoder, end: bytes) -> "_Frame":
        probe = Sample(metric, tuple(map(str, range(len(metric.labels)))), 0)
        written = encoder(_registry(_family(metric, probe))).removesuffix(end).decode()
        head, _, line = written[:-1].rpartition("\n")
        order = tuple(map(int, re.findall(r'="(\d+)"', line)))
        line = re.sub(r'="\d+"', '="%s"', line.replace("%", "%%"))
        return cls(f"{head}\n".encode(), f"{line.removesuffix('0.0')}%s\n", order)

    def lines(self, columns: _Columns) -> Iterator[bytes]:
        width = len(self.order) + 1
        for part in columns.slices():
            filled: list[str] = [""] * (len(part.values) * width)
            for index, column in enumerate(self.order):
                filled[index::width] = _escaped(part.labels[column])
            filled[width - 1 :: width] = _numbers(part.values)
            yield (self.line * len(part.values) % tuple(filled)).encode()


def _family(metric: Metric, sample: Sample) -> Family:
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=metric.labels)
    family.add_metric(sample.labels, sample.value)
    return family


def _registry(*collected: Family) -> Any:
    return SimpleNamespace(collect=lambda: collected)


def _format(encoder: Any) -> tuple[Any, Any]:
    # The OpenMetrics version in the Accept header is a partial argument too; no byte depends on it.
    return getattr(encoder, "func", encoder), getattr(encoder, "keywords", {}).get("escaping")


def _escaped(values: Sequence[str]) -> Sequence[str]:
    joined = "".join(values)
    if not any(special in joined for special in '\\\n"'):
        return values
    return [value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for value in values]


def _numbers(values: Sequence[float]) -> Sequence[str]:
    # Both write the shortest digits; they differ in when they change to an exponent.
    numbers = encode_json(values)[1:-1].decode().split(",")
    for index, value in enumerate(values):
        if not (1e-4 <= value < 1e6 or value == 0 or -1e6 < value <= -1e-4):  # noqa: PLR2004 # where both agree
            numbers[index] = to_go(value)
    return numbers


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_FORMAT)
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()

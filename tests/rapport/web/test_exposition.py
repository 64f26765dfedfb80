"""A scrape: the bytes of the client library, in slices, while other requests are answered."""

import gzip
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from rapport.monitoring.metrics import pipeline, purchases, scores
from rapport.monitoring.metrics.catalogue import METRICS
from rapport.monitoring.metrics.model import Sample
from rapport.web.exposition import SLICE_SERIES, Exposition
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer

HANG_SECONDS = 60
ACCEPTED = [
    "",
    "*/*",
    "text/plain",
    "text/plain; version=1.0.0; escaping=allow-utf-8",
    "text/plain; version=1.0.0; escaping=dots",
    "application/openmetrics-text",
    "application/openmetrics-text; version=1.0.0; escaping=values",
    "application/openmetrics-text; version=1.0.0; escaping=dots, text/plain;q=0.5",
    # What Prometheus 2 and 3 send.
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;q=0.2",
]
LABELS = st.text(st.sampled_from('ab%s{}"\\\n\r\t,= é€😀\x00\u2028') | st.characters(codec="utf-8"))
EDGES = [0, 1, -1, 999_999, 1_000_000, 10**17, 10**22, -(10**7), 0.0, -0.0, 1e-4, 9.9e-5, 1e-7]
EDGES += [5e-324, 1e6, 999_999.9999999999, 1e15, 1e16, 1.5e300, float("inf"), float("-inf")]
VALUES = st.sampled_from([*EDGES, float("nan")]) | st.floats() | st.floats(-2e6, 2e6)
VALUES |= st.floats(-1e-3, 1e-3) | st.integers(-(2**60), 2**60) | st.booleans()


@st.composite
def a_sample(draw):
    metric = draw(st.sampled_from(METRICS))
    labels = draw(st.tuples(*[LABELS for _ in metric.labels]))
    return Sample(metric, labels, draw(VALUES))


def by_the_library(samples, accept):
    """The slow way: every family through the library."""
    families = []
    for metric in METRICS:
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.help, labels=metric.labels)
        for sample in samples:
            if sample.metric is metric:
                family.add_metric(sample.labels, sample.value)
        families.append(family)
    encoder, content_type = choose_encoder(accept)
    return encoder(SimpleNamespace(collect=lambda: families)), content_type


@given(
    samples=st.lists(a_sample(), max_size=30),
    accept=st.sampled_from(ACCEPTED),
    zipped=st.booleans(),
)
@example(samples=[], accept="", zipped=False)
@example(
    samples=[Sample(pipeline.EVENTS, ('a"', "\\\n"), one) for one in EDGES],
    accept=ACCEPTED[-1],
    zipped=True,
)
def test_the_bytes_are_those_of_the_client_library(samples, accept, zipped):
    pieces, content_type = Exposition(samples).render(accept, gzip=zipped)
    body = b"".join(pieces)
    assert (gzip.decompress(body) if zipped else body, content_type) == by_the_library(
        samples, accept
    )


def fleet(clients):
    for number in range(clients):
        client = f"client-{number}"
        yield Sample(scores.CLIENT_INFO, (client, f'The "{number}"', "team-a"), 1)
        yield Sample(purchases.SPEND_BY_SANCTION, (client, "outside", "EUR"), number * 1234.56)
        for part in range(18):
            yield Sample(scores.TRUST_PART, (client, f"part-{part}"), (number * 18 + part) / 7e6)


@pytest.mark.parametrize("accept", ["", ACCEPTED[-1]], ids=["text", "openmetrics"])
def test_families_larger_than_a_slice_are_whole(accept):
    samples = list(fleet(SLICE_SERIES * 2 + 1))
    pieces, content_type = Exposition(samples).render(accept, gzip=False)
    assert (b"".join(pieces), content_type) == by_the_library(samples, accept)
    assert max(map(len, pieces)) < 1024 * 1024


def test_a_body_is_rendered_once_per_format_whatever_version_a_reader_names():
    snapshot = Exposition(fleet(10))
    bodies = {
        id(snapshot.render(f"application/openmetrics-text; version=1.0.{n}", gzip=True).pieces)
        for n in range(20)
    }
    assert len(bodies) == 1


def rendering_cpu_seconds(samples):
    began = time.process_time()
    Exposition(samples).render(ACCEPTED[-1], gzip=True)
    return time.process_time() - began


def test_rendering_grows_no_faster_than_the_number_of_series():
    fewer, more = tuple(fleet(1_000)), tuple(fleet(2_000))
    least = [float("inf")] * 2
    # The least of several, in turn: other programs share this machine and its caches.
    for _ in range(40):
        least = [
            min(one, rendering_cpu_seconds(of))
            for one, of in zip(least, (fewer, more), strict=True)
        ]
        if least[1] < 3 * least[0]:
            return
    pytest.fail(f"{least} seconds for 1,000 and 2,000 clients")


def test_a_hundred_thousand_series_are_served_in_pieces_of_a_slice_at_most():
    samples = tuple(fleet(5_000))
    pieces = Exposition(samples).render(ACCEPTED[-1], gzip=False).pieces
    lines = [piece.count(b"\n") for piece in pieces]
    assert sum(lines) > len(samples) == 100_000
    assert max(lines) <= SLICE_SERIES


class Held:
    """Series that are not there before they are released, and then all at once."""

    def __init__(self, samples):
        self.asked, self.released = threading.Event(), threading.Event()
        self._samples = samples

    def __iter__(self):
        self.asked.set()
        assert self.released.wait(HANG_SECONDS)
        return iter(self._samples)


def get(address, path):
    headers = {"Accept": ACCEPTED[-1], "Accept-Encoding": "gzip"}
    host, port = address
    request = urllib.request.Request(f"http://{host}:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=HANG_SECONDS) as answer:  # noqa: S310 # a server of our own
        return answer.read()


def test_other_requests_are_answered_while_series_are_rendered():
    samples = tuple(fleet(10))
    held = Held(samples)
    server = WebServer("127.0.0.1", 0, lambda: WorkerView({"ready": True}, held), None)
    address = server.start()
    try:
        with ThreadPoolExecutor(1) as pool:
            scrape = pool.submit(get, address, "/metrics")
            assert held.asked.wait(HANG_SECONDS)
            assert b"ready" in get(address, "/ready")
            assert not scrape.done()
            held.released.set()
            body = gzip.decompress(scrape.result(HANG_SECONDS))
    finally:
        held.released.set()
        server.stop()
    assert len([line for line in body.splitlines() if not line.startswith(b"#")]) == len(samples)

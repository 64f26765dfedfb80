"""What was counted is kept for the same pages only, whatever becomes of the store."""

import asyncio
import json
import sys
from collections import Counter

import pytest
from aiokafka import TopicPartition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.domain.clients.registry import Directory
from rapport.domain.events.facts import FACT_TYPES, posting
from rapport.domain.ledger import measures, rollup
from rapport.domain.ledger.fact_codec import cached_fact, encode_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import Page, decode, encode
from rapport.kafka.connection import Kafka
from rapport.runtime.policy_file import load_policy
from rapport.worker.faust_app import faust_app
from rapport.worker.maintenance.recovery import LedgerRecovery
from rapport.worker.scoring.scorer import Scorer
from rapport.worker.settings import Settings
from rapport.worker.storage import rollup_cache
from rapport.worker.storage.pages import SPLIT_MARK, PageStore, is_live_page
from rapport.worker.storage.rollup_cache import GROUP_BYTES_MAX, MEASURING, RollupCache, page_groups
from rapport.worker.storage.table import page_table
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.registry import CHANGELOG_TOPIC, CONTRACTS, LEDGER_TABLE

TP = TopicPartition(CHANGELOG_TOPIC, 0)
CLIENTS = ("fin", "finance")
DAYS = st.sampled_from([9_999, 19_999, 20_000, 20_001, 20_100])
FACTS = st.sampled_from(
    [
        encode_fact(("ticket.reopened",)),
        encode_fact(("ticket.closed", "P3", True, "person", 3)),
        encode_fact(("buy", "outside", "software", "acme", "GBP", 1250)),
        encode_fact(("buy", "outside", "software", "acme", "GBP", -1250)),
        encode_fact(("buy", "outside", "software", "acme", "GBP", 2**62)),
        encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), 150)),
        encode_fact(("nothing",)),
    ]
)


class Store:
    """A ledger in a real RocksDB, written as the worker writes it."""

    def __init__(self, directory):
        app = faust_app(Settings(kafka=Kafka(), data_dir=directory))
        app.conf.tabledir.mkdir(parents=True, exist_ok=True)
        self.table = page_table(app, LEDGER_TABLE, 1)
        self.table.owned = lambda: [0]
        self.kept = self.table.data.rollup_path(0)
        self.offset = 0

    def get(self, _partition, key):
        return self.table.data._db_for_partition(0).get(key)

    def write(self, pages):
        self.offset += 1
        self.table.store(TP, pages, self.offset, epoch=1)

    def join(self, client, day, entries, stored=None):
        """Join entries into a page; of what is written, store only the first `stored` values."""
        pages = PageStore(self, split_entries=3)
        pages.join((0, client, day), (list(entries), list(entries.values())), [], Counter())
        (values,) = pages.encode_pages(pages.take_touched()).values()
        self.write(list(values.items())[:stored])

    def restore(self):
        """Return client -> amounts as a start reads them, and how many pages it counted."""
        scorer = Scorer(Directory(), load_policy(None))
        recovery = LedgerRecovery(self.table, scorer)
        asyncio.run(recovery.read())
        found = {client: scorer.measures(client).amounts for client in CLIENTS}
        return found, recovery.recounted_pages

    def oracle(self):
        """Return the same, entry by entry."""
        clients = {client: ClientMeasures() for client in CLIENTS}
        items = dict(self.table.data.items(0))
        for key, value in items.items():
            if is_live_page(key, value, items.get):
                client = key.decode().split("|")[0]
                for _, day, fact in decode(value).entries.values():
                    clients[client].add(day, cached_fact(fact), 1)
        return {client: measured.amounts for client, measured in clients.items()}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def pages_of(days, fact=("ticket.reopened",)):
    return [
        (f"finance|{day}|0|0".encode(), encode(Page({7: (0, day, encode_fact(fact))}), day))
        for day in days
    ]


JOINS = st.tuples(
    st.just("join"),
    st.sampled_from(CLIENTS),
    DAYS,
    st.dictionaries(
        st.integers(0, 9), st.tuples(st.integers(0, 2), DAYS, FACTS), min_size=1, max_size=5
    ),
    st.none() | st.integers(0, 3),
)
STEPS = JOINS | JOINS | st.sampled_from([("start",), ("start",), ("damage",), ("delete",)])


@given(st.lists(STEPS, min_size=4, max_size=24), st.randoms())
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_written_and_lost_a_start_finds_what_every_page_counts_for(
    tmp_path_factory, steps, random
):
    store = Store(tmp_path_factory.mktemp("store"))
    for name, *given_ in [*steps, ("start",), ("start",)]:
        if name == "join":
            store.join(*given_)
        elif name == "start":
            assert store.restore()[0] == store.oracle()
        elif name == "damage" and store.kept.exists() and store.kept.stat().st_size:
            content = bytearray(store.kept.read_bytes())
            content[random.randrange(len(content))] ^= 1 << random.randrange(8)
            store.kept.write_bytes(content[: random.choice((None, random.randrange(64)))])
        elif name == "delete" and (items := sorted(store.table.data.items(0))):
            store.write([(random.choice(items)[0], None)])


def test_a_second_start_counts_nothing_and_a_third_only_where_something_changed(store):
    store.write(pages_of(range(20_000, 20_300)))
    assert store.restore() == (store.oracle(), 300)
    assert store.restore() == (store.oracle(), 0)
    store.write(pages_of([20_299], ("ticket.closed", "P1", False, "person", 0)))
    assert store.restore() == (store.oracle(), 100)
    assert store.restore() == (store.oracle(), 0)


def test_a_half_counts_from_the_moment_that_the_page_above_it_is_marked(store):
    store.join("finance", 20_000, {1: (0, 20_000, encode_fact(("ticket.reopened",)))})
    (above,) = dict(store.table.data.items(0))
    entries = {number: (0, 20_000, encode_fact(("ticket.reopened",))) for number in (2, 3, 4)}
    store.join("finance", 20_000, entries, stored=2)
    assert store.restore()[0]["finance"] == {"ticket.reopened": {20_000: 1}}
    store.write([(above, SPLIT_MARK)])
    assert store.restore()[0]["finance"] == {"ticket.reopened": {20_000: 4}}


def damaged(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        damaged,
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
    ],
    ids=["a bit", "its end", "all of it", "the file"],
)
def test_what_is_damaged_is_not_believed(store, damage):
    store.write(pages_of(range(20_000, 20_300)))
    store.restore()
    damage(store.kept)
    assert store.restore() == (store.oracle(), 300)
    assert store.restore() == (store.oracle(), 0)


def test_what_another_program_counted_is_not_believed(store, monkeypatch):
    store.write(pages_of(range(20_000, 20_300)))
    store.restore()
    monkeypatch.setattr(rollup_cache, "MEASURING", MEASURING[1:])
    rollup_cache.code_digest.cache_clear()
    try:
        assert store.restore() == (store.oracle(), 300)
    finally:
        rollup_cache.code_digest.cache_clear()


def test_a_full_disk_keeps_no_process_from_starting(store, caplog):
    store.write(pages_of(range(20_000, 20_300)))
    store.kept.with_suffix(".new").mkdir()
    assert store.restore() == (store.oracle(), 300)
    assert "the next start takes longer" in caplog.text
    assert store.restore() == (store.oracle(), 300)


def test_a_stretch_is_bounded_and_of_one_client():
    page = encode(
        Page({n: (0, 20_000, encode_fact(("ticket.reopened",))) for n in range(2_000)}), 20_000
    )
    items = [
        (f"{client}|{day}|0|0".encode(), page)
        for client in ("fin", "finance")
        for day in range(20_000, 20_100)
    ]
    found = list(page_groups(items, dict(items).get))
    assert [(client, value) for client, pages in found for value in pages] == [
        (key.split(b"|")[0], value) for key, value in items
    ]
    sizes = [sum(map(len, pages)) for _, pages in found]
    assert max(sizes) <= GROUP_BYTES_MAX + len(page)
    assert len(sizes) < len(items) / 5


def facts_of_every_kind():
    for name in FACT_TYPES:
        data = CONTRACTS[name].decode(json.dumps(EXAMPLES[name].good).encode())
        for signals in (set(), {"external_supplier"}):
            posted = posting(name, data, b"urn:test", b"1", 20_514, lambda _, found=signals: found)
            yield posted[1].fact
    yield encode_fact(("with-signals", ("ticket.reopened",), ("external_supplier",)))


def test_every_module_that_counts_is_part_of_what_is_kept(tmp_path):
    """Count a fact of every kind, and record the modules of Rapport that run."""
    page = Page({number: (0, 20_000, fact) for number, fact in enumerate(facts_of_every_kind())})
    passed = set()
    for cache in (rollup._measures_of, measures.measures_of, cached_fact):
        cache.cache_clear()
    sys.setprofile(lambda frame, _event, _arg: passed.add(frame.f_code.co_filename))
    try:
        RollupCache(tmp_path / "none").amounts([encode(page, 20_000)])
    finally:
        sys.setprofile(None)
    counting = {module.__file__ for module in (*MEASURING, rollup_cache)}
    assert {path for path in passed if "/streams/rapport/" in path} == counting


def test_installed_without_its_source_no_two_starts_have_the_same_seal(monkeypatch):
    def no_source(_module):
        raise OSError

    monkeypatch.setattr(rollup_cache.inspect, "getsource", no_source)
    seals = []
    for _ in range(2):
        rollup_cache.code_digest.cache_clear()
        seals.append(rollup_cache.code_digest())
    rollup_cache.code_digest.cache_clear()
    assert [len(seal) for seal in seals] == [16, 16]
    assert seals[0] != seals[1]


def test_a_stretch_ends_after_the_page_that_exceeds_256_kib_and_where_its_hundred_days_end():
    def sizes(*pages):
        items = {f"finance|{day}|0|0".encode(): b"x" * size for day, size in pages}
        return [list(map(len, found)) for _, found in page_groups(items.items(), items.get)]

    assert sizes((20_000, 262_144), (20_001, 1), (20_002, 1)) == [[262_144, 1], [1]]
    assert sizes((20_000, 262_145), (20_001, 1)) == [[262_145], [1]]
    assert sizes((20_098, 1), (20_099, 2), (20_100, 3)) == [[1, 2], [3]]
    assert sizes() == []

"""The recovered ledger is read whole, in turns with the rest of the worker, or not at all."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import Page, encode
from rapport.worker.maintenance import recovery
from rapport.worker.maintenance.recovery import LedgerRecovery
from rapport.worker.storage.store_errors import StoreDamagedError

DAY = 20_000
PAGE = encode(Page({1: (0, DAY, encode_fact(("ticket.reopened",)))}), DAY)
CORRUPT = StoreDamagedError(Path("ledger-0.db"), "block checksum mismatch")


class Table:
    """Pages by partition, in memory; `steps` says what happened, in order."""

    def __init__(self, directory, stored):
        self.stored, self.steps, self.rebuilt, self.met = stored, [], [], asyncio.Event()
        self.data = SimpleNamespace(
            items=self._items,
            rollup_path=lambda partition: directory / f"{partition}.counted",
            value=lambda partition, key: stored[partition].get(key),
        )

    def owned(self):
        return sorted(self.stored)

    def _items(self, partition):
        for key, value in self.stored[partition].items():
            if value is CORRUPT:
                raise CORRUPT
            self.steps.append("page")
            yield key, value

    def rebuild(self, partition, error):
        self.rebuilt.append((partition, error))
        self.met.set()


class Scorer:
    """Keeps what is restored."""

    def __init__(self, steps):
        self.steps, self.restored = steps, {}

    def restore(self, client, amounts):
        self.steps.append("restored")
        self.restored[client] = amounts


def pages(*clients, day=DAY):
    return {f"{client}|{day}|0|0".encode(): PAGE for client in clients}


@pytest.fixture
def line(tmp_path):
    def make(stored):
        made = SimpleNamespace(table=Table(tmp_path, stored))
        made.scorer = Scorer(made.table.steps)
        made.recovery_of_ledger = LedgerRecovery(made.table, made.scorer)
        return made

    return make


def test_every_page_of_every_partition_counts_and_is_counted_once(line):
    made = line({0: pages("finance", "law"), 3: pages("care")})
    asyncio.run(made.recovery_of_ledger.read())
    amounts = {"ticket.reopened": {DAY: 1}}
    assert made.scorer.restored == dict.fromkeys(("finance", "law", "care"), amounts)
    assert (made.recovery_of_ledger.pages, made.recovery_of_ledger.recounted_pages) == (3, 3)
    asyncio.run(made.recovery_of_ledger.read())
    assert (made.recovery_of_ledger.pages, made.recovery_of_ledger.recounted_pages) == (3, 0)


def test_a_client_whose_pages_are_in_two_partitions_is_restored_once_with_both(line):
    made = line({0: pages("finance"), 1: pages("finance", day=DAY + 1)})
    asyncio.run(made.recovery_of_ledger.read())
    # Both hold the same page, so it counts twice.
    assert made.scorer.restored == {"finance": {"ticket.reopened": {DAY: 2}}}


def test_after_a_damaged_store_nothing_is_restored_until_it_is_recovered(line):
    made = line({0: {**pages("finance"), b"law|1|0|0": CORRUPT}, 1: pages("care")})

    async def script():
        reading = asyncio.create_task(made.recovery_of_ledger.read())
        await made.table.met.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not reading.done()
        reading.cancel()

    asyncio.run(script())
    assert made.table.rebuilt == [(0, CORRUPT)]
    assert made.scorer.restored == {}


@pytest.mark.parametrize(
    ("slice_seconds", "turns"), [(-1.0, 1), (10.0**9, 0)], ids=["a slice is over", "it is not"]
)
def test_the_rest_of_the_worker_has_one_turn_after_each_slice(
    line, monkeypatch, slice_seconds, turns
):
    monkeypatch.setattr(recovery, "SLICE_SECONDS", slice_seconds)
    made = line({0: pages(*"abcdef")})
    steps = made.table.steps

    async def script():
        reading = asyncio.create_task(made.recovery_of_ledger.read())
        while not reading.done():
            steps.append("turn")
            await asyncio.sleep(0)

    asyncio.run(script())
    first, last = steps.index("page"), len(steps) - steps[::-1].index("page")
    # A client's pages are counted when the next client's first one is read.
    assert steps[first + 1 : last].count("turn") == 4 * turns
    first, last = steps.index("restored"), len(steps) - steps[::-1].index("restored")
    assert steps[first:last] == ["restored", *["turn", "restored"] * 5]

"""The parts of a worker's status: each counts separately, and is read on request."""

import gc
import platform
import time
from types import SimpleNamespace

import pytest

import rapport
from rapport.domain.ledger.page import Outcome
from rapport.monitoring.metrics.process import PROCESS
from rapport.web.process_samples import process_samples
from rapport.worker.assignment import Assignment
from rapport.worker.ingest.counters import DECODE, IngestCounters
from rapport.worker.ingest.decoder_pool import INLINE_RECORDS_MAX
from rapport.worker.ingest.lag import LOG_ENDS_MAX, LagMeter, LogEnds, PartitionLag
from rapport.worker.ingest.router import RoutingResult
from rapport_schemas.wire.rejection import REASONS, Rejected


def chunk(records=1, newest_milliseconds=5_000, next_offset=8):
    return SimpleNamespace(
        records_max=records, newest_milliseconds=newest_milliseconds, next_offset=next_offset
    )


def routed(result, **fields):
    message = SimpleNamespace(topic="tickets", partition=3)
    return SimpleNamespace(
        event=SimpleNamespace(message=message), chunk=chunk(**fields), result=result
    )


def series(part):
    return {(one.metric.name, *one.labels): one.value for one in part.samples()}


def test_an_assignment_epoch_is_current_until_partitions_are_revoked():
    assignment = Assignment(8)
    assignment_epoch = assignment.epoch()
    assignment.assigned()
    assert assignment_epoch.is_current()
    assignment.revoked()
    assert not assignment_epoch.is_current()
    assert assignment.epoch().is_current()


def test_a_worker_is_ready_from_recovery_to_revocation():
    assignment = Assignment(8)
    seen = [assignment.ready]
    assignment.assigned()
    assignment.restored(frozenset({1}))
    seen.append(assignment.ready)
    assignment.recovered()
    seen.append(assignment.ready)
    assignment.revoked()
    assert [*seen, assignment.ready] == [False, False, True, False]
    assert list(assignment.timestamps) == ["assigned", "restored", "ready"]


@pytest.mark.parametrize(("owned", "owns_all"), [(set(), False), ({0, 1}, True), ({1}, False)])
def test_a_worker_owns_a_client_by_its_partition(owned, owns_all):
    assignment = Assignment(2)
    assignment.restored(frozenset(owned))
    assert assignment.owns("finance") is (assignment.partition_of("finance") in owned)
    assert assignment.owns_all() is owns_all


def test_every_outcome_of_a_chunk_is_counted_once():
    counters, batch = IngestCounters(), RoutingResult(newest_event_seconds=70)
    batch.counts.update({Outcome.APPLIED: 2, Outcome.DUPLICATE: 1, Outcome.CONFLICT: 1})
    batch.forward[4] = ("law", 1)
    batch.dead[5] = Rejected("conflict", "id", "")
    counters.chunk_done(routed(batch))
    assert counters.events == {
        ("tickets", "applied"): 2,
        ("tickets", "duplicate"): 1,
        ("tickets", "forwarded"): 1,
        ("tickets", "dead_lettered"): 1,
    }
    assert counters.handled == 4
    assert counters.handled_seconds == {("tickets", 3): 5.0}
    assert counters.outcomes() == {"applied": 2, "dead_lettered": 1, "duplicate": 1, "forwarded": 1}
    found = series(counters)
    dead = {key[1]: value for key, value in found.items() if key[0].endswith("dead_letters")}
    assert dead == {**dict.fromkeys(REASONS, 0), "conflict": 1}


def test_each_source_and_outcome_is_shown_from_the_start_so_that_its_first_event_is_a_growth():
    counters = IngestCounters()
    before = series(counters)
    assert before["rapport_events", "tickets", "applied"] == 0
    assert before["rapport_events", "relationship", "dead_lettered"] == 0
    batch = RoutingResult()
    batch.counts.update(dict.fromkeys(Outcome, 1))
    batch.forward[4] = ("law", 1)
    batch.dead[5] = Rejected("conflict", "id", "")
    counters.chunk_done(routed(batch))
    after = series(counters)
    assert after.keys() == before.keys() | {
        ("rapport_source_last_event_timestamp_seconds", "tickets")
    }
    assert {key for key in before if after[key] > before[key]} == {
        *(("rapport_events", "tickets", outcome) for outcome in ("applied", "duplicate")),
        *(("rapport_events", "tickets", outcome) for outcome in ("superseded", "forwarded")),
        ("rapport_events", "tickets", "dead_lettered"),
        ("rapport_dead_letters", "conflict"),
    }


def test_the_newest_times_never_go_back():
    counters = IngestCounters()
    for milliseconds in (5_000, 3_000):
        counters.chunk_arrived("tickets", chunk(newest_milliseconds=milliseconds))
    for seconds in (70, 60):
        counters.chunk_done(routed(RoutingResult(newest_event_seconds=seconds)))
    assert counters.newest_arrival_seconds == {"tickets": 5.0}
    assert counters.newest_event_seconds == {"tickets": 70}


@pytest.mark.parametrize(
    ("records", "busy"), [(INLINE_RECORDS_MAX, False), (INLINE_RECORDS_MAX + 1, True)]
)
def test_a_large_chunk_means_that_events_arrive_in_numbers(records, busy):
    counters = IngestCounters()
    counters.chunk_arrived("tickets", chunk(records))
    assert counters.is_busy() is busy


class Consumer:
    def __init__(self, ends, handled):
        self.ends, self.handled = ends, handled

    def handled_offsets(self):
        return self.handled

    def assignment(self):
        return set(self.ends)

    def highwater(self, tp):
        return self.ends[tp]


def tp(topic, partition):
    from aiokafka import TopicPartition

    return TopicPartition(topic, partition)


def test_lag_is_the_distance_to_the_end_of_each_owned_input_partition():
    ends = {tp("tickets", 0): 9, tp("tickets", 1): None, tp("surveys", 0): 4, tp("other", 0): 7}
    handled = {tp("tickets", 0): 6, tp("tickets", 1): 1, tp("surveys", 0): 4, tp("other", 0): 1}
    consumer = Consumer(ends, handled)
    app = SimpleNamespace(consumer=consumer, input_topics={"tickets", "surveys"})
    meter = LagMeter(app, SimpleNamespace(answers=True), {})
    assert meter._measure(100.0) == {("tickets", 0): (6, 3, 100.0), ("surveys", 0): (4, 0, None)}
    # Where a partition begins is not known before the group's committed offset is.
    del handled[tp("surveys", 0)]
    assert meter._measure(101.0) == {("tickets", 0): (6, 3, 100.0)}


def waits(seen, handled=0, newest=float("inf"), meter=None):
    """Since when a record waits, after the ends of the log that were seen at times."""
    meter = meter or LogEnds()
    for at, end in seen:
        since = meter.waits_since(handled, end, at, newest)
    return since


def test_a_record_waits_since_the_log_was_first_seen_to_reach_beyond_it():
    seen = [(100.0, 5), (101.0, 5), (102.0, 8), (103.0, 20)]
    assert waits(seen, handled=5) == 102.0
    assert waits(seen, handled=7) == 102.0
    assert waits(seen, handled=8) == 103.0
    assert waits(seen, handled=20) is None


def test_what_waited_before_the_partition_was_owned_is_as_old_as_the_newest_processed_record():
    seen = [(100.0, 50), (101.0, 60)]
    assert waits(seen, handled=30, newest=40.0) == 40.0
    assert waits(seen, handled=50, newest=40.0) == 101.0


def test_records_that_are_read_again_after_a_rebalance_wait_from_then_on():
    meter = LogEnds()
    assert waits([(100.0, 9)], handled=9, meter=meter) is None
    assert waits([(107.0, 9)], handled=3, meter=meter) == 107.0
    assert waits([(109.0, 9)], handled=5, meter=meter) == 107.0


def test_a_partition_that_stands_still_for_hours_takes_little_memory_and_keeps_its_age():
    meter = LogEnds()
    for second in range(10_000):
        since = meter.waits_since(0, 5 + second, float(second), float("inf"))
        assert since == 0.0
        assert len(meter._ends) <= LOG_ENDS_MAX
    assert meter.waits_since(9_000, 10_004, 10_000.0, float("inf")) == pytest.approx(9_000, rel=0.1)


def test_a_waiting_record_gets_older_while_the_loop_stands_still(monkeypatch):
    meter = LagMeter(None, SimpleNamespace(answers=True), {})
    meter.lag = {("tickets", 0): PartitionLag(6, 3, 1_000.0)}
    for now, age in ((1_000.0, 0), (1_900.0, 900)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        assert series(meter) == {
            ("rapport_lag_records", "tickets", "0"): 3,
            ("rapport_lag_seconds", "tickets", "0"): age,
            ("rapport_handled_offset", "tickets", "0"): 6,
        }


@pytest.mark.parametrize(("answers", "records"), [(True, 5), (False, None)])
def test_the_lag_is_unknown_while_kafka_does_not_answer(answers, records):
    meter = LagMeter(None, SimpleNamespace(answers=answers), {})
    meter.lag = {("tickets", n): PartitionLag(0, records, 0.0) for n, records in ((0, 2), (1, 3))}
    assert meter.records == records
    assert bool(series(meter)) is answers


def test_a_worker_shows_its_partitions_only_while_it_scores_their_clients():
    assignment = Assignment(8)
    shown = []
    for step in (
        *(lambda: None, assignment.assigned, lambda: assignment.restored(frozenset({1, 2}))),
        *(assignment.recovered, assignment.revoked, assignment.assigned),
    ):
        step()
        found = series(assignment)
        shown.append((found["rapport_assigned_partitions",], found["rapport_rebalances",]))
        assert found["rapport_partitions",] == 8
    assert shown == [(0, 0), (0, 1), (0, 1), (2, 1), (0, 1), (0, 2)]


def test_the_records_of_a_stage_and_its_time_add_up():
    counters = IngestCounters()
    counters.stage_passed(DECODE, 3, 0.5)
    counters.stage_passed(DECODE, 4, 0.25)
    found = series(counters)
    assert found["rapport_stage_records", "decode"] == 7
    assert found["rapport_stage_seconds", "decode"] == 0.75
    assert found["rapport_stage_records", "fold"] == 0


def test_a_process_shows_its_version_its_memory_and_its_collections_of_garbage():
    found = {(one.metric.series, *one.labels): one.value for one in process_samples()}
    assert found["rapport_build_info", rapport.__version__, platform.python_version()] == 1
    assert time.time() - found["process_start_time_seconds",] < 24 * 3600
    assert found["process_resident_memory_bytes",] > 10 * 1024 * 1024
    assert found["process_cpu_seconds_total",] > 0
    assert found["process_open_fds",] <= found["process_max_fds",]
    gc.collect()
    after = {(one.metric.series, *one.labels): one.value for one in process_samples()}
    collections = "python_gc_collections_total", "2"
    assert after[collections] == found[collections] + 1
    assert {one.metric for one in process_samples()} == set(PROCESS)

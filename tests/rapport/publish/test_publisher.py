"""The publisher against a real broker: receipts, full queues, outages, forks, threads, refusals."""

import asyncio
import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from rapport.devkit.kafka.broker import Broker, free_port
from rapport.devkit.testing import records_of, reset_broker
from rapport.kafka.connection import PARTITIONS, Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish import Publisher, PublishError, SignalHeard, TicketResolved

pytestmark = pytest.mark.kafka
SECONDS_MAX = 30
HANG_SECONDS = 120
QUEUE_BYTES = 20_000


@pytest.fixture(scope="module")
def broker(kafka_broker):
    """The broker of the whole run, which these tests hold up and configure otherwise."""
    reset_broker(kafka_broker.bootstrap)
    yield kafka_broker
    reset_broker(kafka_broker.bootstrap)


@contextmanager
def held_up(broker):
    """Let the broker keep its connections and answer nothing."""
    children = Path(f"/proc/{broker.pid}/task/{broker.pid}/children").read_text().split()
    for pid in children:
        os.kill(int(pid), signal.SIGSTOP)
        # A thread stops when it next handles signals: on a busy machine that is not at once.
        while not all(has_stopped(thread) for thread in Path(f"/proc/{pid}/task").iterdir()):
            time.sleep(0.01)
    try:
        yield
    finally:
        for pid in children:
            os.kill(int(pid), signal.SIGCONT)


def has_stopped(thread):
    """Return whether a thread is stopped: the state is the first field after the name."""
    return (thread / "stat").read_text().rpartition(")")[2].split()[0] == "T"


def ticket(number, client="finance"):
    return TicketResolved(client=client, ticket_id=f"T{number}", priority="P3", sla_met=True)


def signal_heard(note):
    return SignalHeard(client="finance", signal="options_open", note=note)


def ids_of(broker, source):
    """The ids of the tickets that a source published, in no certain order."""
    found = [dict(record.headers) for record in records_of(broker.bootstrap, "tickets")]
    return sorted(one["ce_id"].decode() for one in found if one["ce_source"].decode() == source)


def test_a_receipt_is_done_when_kafka_has_the_event_and_flush_counts_to_nothing(broker):
    with Publisher(broker.bootstrap, source="urn:receipt") as publisher:
        receipt = publisher.publish(ticket(1), id="one")
        assert receipt.wait().done
        publisher.publish_many([ticket(2), ticket(3)])
        publisher.publish_raw(
            "rapport.ticket.resolved.v1",
            {"client": "a", "ticket_id": "T", "priority": "P1", "sla_met": True},
        )
        assert publisher.flush() == 0
    found = ids_of(broker, "urn:receipt")
    assert "one" in found
    assert len(set(found)) == len(found) == 4


def test_a_held_up_broker_is_seen_in_flush_and_the_events_arrive_when_it_goes_on(broker):
    with Publisher(broker.bootstrap, source="urn:held") as publisher:
        publisher.publish(ticket(0)).wait()
        with held_up(broker):
            receipts = [publisher.publish(ticket(number)) for number in range(1, 4)]
            assert publisher.flush(0.3) == 3  # it returns while the broker still answers nothing
            assert not any(receipt.done for receipt in receipts)
            with pytest.raises(PublishError, match="did not reach Kafka"):
                receipts[0].wait(0.1)
        assert publisher.flush(SECONDS_MAX) == 0
        assert all(receipt.done for receipt in receipts)


def fill(publisher):
    """Publish until the queue takes no more; return how many it took."""
    for number in range(1000):
        try:
            publisher.publish(ticket(number))
        except PublishError as error:
            assert "the queue is full" in str(error)  # how many came before counts
            return number
    pytest.fail("the queue has no bound")


def test_a_full_queue_raises_at_once_and_what_it_took_arrives(broker):
    with Publisher(
        broker.bootstrap,
        source="urn:full",
        on_full="raise",
        block_seconds=HANG_SECONDS,  # if it waited at all, the test would time out
        queue_bytes_max=QUEUE_BYTES,
    ) as publisher:
        publisher.publish(ticket("first")).wait()
        with held_up(broker):
            taken = fill(publisher)
        assert 5 < taken < 20
        assert publisher.flush(SECONDS_MAX) == 0
    assert len(ids_of(broker, "urn:full")) == taken + 1


def test_a_full_queue_blocks_for_block_seconds_and_then_raises(broker):
    with Publisher(
        broker.bootstrap, source="urn:block", block_seconds=0.1, queue_bytes_max=QUEUE_BYTES
    ) as publisher:
        publisher.publish(ticket("first")).wait()
        with held_up(broker):
            fill(publisher)
        assert publisher.flush(SECONDS_MAX) == 0


def test_a_full_queue_blocks_until_there_is_room(broker):
    count, taken, ended = 100, [], threading.Event()

    def publish_all():
        taken.extend(publisher.publish(ticket(number)) for number in range(count))
        ended.set()

    with Publisher(
        broker.bootstrap,
        source="urn:room",
        block_seconds=HANG_SECONDS,
        queue_bytes_max=QUEUE_BYTES,
    ) as publisher:
        publisher.publish(ticket("first")).wait()
        with held_up(broker):
            thread = threading.Thread(target=publish_all)
            thread.start()
            assert not ended.wait(0.5)  # 5 to 20 events fit, see above
        thread.join(HANG_SECONDS)
        assert publisher.flush(SECONDS_MAX) == 0
    assert len(taken) == count
    assert len(ids_of(broker, "urn:room")) == count + 1


def test_a_full_queue_overflows_into_the_spool_whose_receipts_are_done(broker, tmp_path):
    with Publisher(
        broker.bootstrap,
        source="urn:overflow",
        spool=tmp_path,
        on_full="spool",
        queue_bytes_max=QUEUE_BYTES,
    ) as publisher:
        publisher.publish(ticket("first"), id="first").wait()
        with held_up(broker):
            receipts = [publisher.publish(ticket(n), id=str(n)) for n in range(100)]
            done = [receipt.done for receipt in receipts]
            assert not any(done[:5])
            assert all(done[20:])
            assert publisher.flush(0.1) == 100
        assert publisher.flush(SECONDS_MAX) == 0
    assert ids_of(broker, "urn:overflow") == sorted(["first", *map(str, range(100))])


def test_a_spool_without_a_directory_and_other_settings_that_mean_nothing_are_refused(broker):
    with pytest.raises(PublishError, match="needs spool=DIRECTORY"):
        Publisher(broker.bootstrap, source="urn:a", on_full="spool")
    with pytest.raises(PublishError, match="acks cannot be set: acks are 'all'"):
        Publisher(broker.bootstrap, source="urn:a", acks=1)
    with pytest.raises(PublishError, match="source is empty"):
        Publisher(broker.bootstrap, source="")
    with pytest.raises(PublishError, match="no Kafka answers at 127"):
        Publisher("127.0.0.1:1", source="urn:a", bootstrap_timeout_ms=200)


def test_with_a_spool_the_broker_may_start_later_and_the_publisher_may_close_before(tmp_path):
    port = free_port()
    with Publisher(f"127.0.0.1:{port}", source="urn:later", spool=tmp_path / "spool") as publisher:
        assert publisher.publish(ticket(1), id="1").done
        assert publisher.flush(0.2) == 1
        publisher.close(0)  # it returns although no broker ever answered
        with pytest.raises(PublishError, match="closed"):
            publisher.publish(ticket(2))
    with Publisher(f"127.0.0.1:{port}", source="urn:later", spool=tmp_path / "spool") as publisher:
        publisher.publish(ticket(2), id="2")
        with Broker(tmp_path / "kafka", port) as broker:
            asyncio.run(apply_topics(Kafka(broker.bootstrap), PARTITIONS))
            assert publisher.flush(SECONDS_MAX) == 0
            assert ids_of(broker, "urn:later") == ["1", "2"]


def test_an_event_that_kafka_rejects_is_kept_in_a_file_and_the_others_arrive(
    broker, tmp_path, caplog
):
    limit_record_bytes(broker, "relationship", "2000")
    with Publisher(broker.bootstrap, source="urn:refused", spool=tmp_path) as publisher:
        publisher.publish_many([signal_heard("a"), signal_heard("b" * 60_000), signal_heard("c")])
        assert publisher.flush(SECONDS_MAX) == 0
        assert publisher.quarantined == 1
    (kept,) = tmp_path.glob("quarantine-refused-*")
    assert b"b" * 60_000 in kept.read_bytes()
    assert "Kafka rejects event" in caplog.text


def test_an_event_that_kafka_refuses_fails_its_receipt_and_no_other(broker):
    limit_record_bytes(broker, "relationship", "2000")
    publisher = Publisher(broker.bootstrap, source="urn:refused:memory")
    before, refused, after = (
        publisher.publish(signal_heard(note)) for note in ("a", "b" * 60_000, "c")
    )
    with pytest.raises(PublishError, match="MessageSizeTooLarge"):
        refused.wait()
    assert before.wait().done
    assert after.wait().done
    assert publisher.publish(signal_heard("d")).wait().done
    assert publisher.flush() == 1
    with pytest.raises(PublishError, match=r"1 events did not reach Kafka .*TooLarge"):
        publisher.close()


def limit_record_bytes(broker, topic, bytes_max):
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": bytes_max})
    admin.alter_configs([resource])
    admin.close()


def test_damage_in_a_spool_costs_one_event_and_the_rest_arrive(broker, tmp_path):
    with Publisher("127.0.0.1:1", source="urn:damaged", spool=tmp_path) as publisher:
        for number in range(5):
            publisher.publish(ticket(number), id=str(number))
        publisher.close(0)
    (segment,) = tmp_path.glob("*.spool")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    with Publisher(broker.bootstrap, source="urn:damaged", spool=tmp_path) as publisher:
        publisher.publish(ticket(5), id="5")
        assert publisher.flush(SECONDS_MAX) == 0
        assert publisher.quarantined == 1
    assert ids_of(broker, "urn:damaged") == ["0", "1", "3", "4", "5"]
    assert list(tmp_path.glob("*.spool")) == []


def in_a_child(action):
    """Fork, do `action` there, and return its exit code: 0 when it went well."""
    pid = os.fork()
    if not pid:
        try:
            action()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_forked_child_publishes_on_its_own_connection_and_the_parent_goes_on(broker):
    with Publisher(broker.bootstrap, source="urn:fork") as publisher:
        publisher.publish(ticket(0)).wait()
        publisher.publish(ticket(1), id="in flight at the fork")

        def publish_more():
            for number in range(50):
                publisher.publish(ticket(number, f"client-{number}"))
            publisher.close()

        assert in_a_child(publish_more) == 0
        publisher.publish(ticket(2)).wait()
        assert publisher.flush() == 0
    found = ids_of(broker, "urn:fork")
    assert len(found) == len(set(found)) == 53


def test_a_forked_child_leaves_the_spool_alone_and_gets_an_error(broker, tmp_path):
    publisher = Publisher(broker.bootstrap, source="urn:forked", spool=tmp_path)
    publisher.publish(ticket(0), id="0")

    def refused():
        with pytest.raises(PublishError, match="make a publisher after the fork"):
            publisher.publish(ticket(1), id="1")
        publisher.close()

    assert in_a_child(refused) == 0
    child = os.fork()
    if not child:
        time.sleep(SECONDS_MAX)
        os._exit(0)
    try:
        publisher.publish(ticket(2), id="2")
        publisher.close()
        # The child lives and has the parent's files no more: the spool is free.
        Publisher(broker.bootstrap, source="urn:forked", spool=tmp_path).close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert ids_of(broker, "urn:forked") == ["0", "2"]


@pytest.mark.parametrize("spooled", [False, True], ids=["memory", "spool"])
def test_threads_share_a_publisher(broker, tmp_path, spooled):
    source = f"urn:threads:{spooled}"
    spool = tmp_path if spooled else None
    with Publisher(broker.bootstrap, source=source, spool=spool) as publisher:

        def publish(thread):
            for number in range(200):
                publisher.publish(ticket(number, f"client-{thread}"))

        threads = [threading.Thread(target=publish, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert publisher.flush(SECONDS_MAX) == 0
    found = ids_of(broker, source)
    assert len(found) == len(set(found)) == 8 * 200

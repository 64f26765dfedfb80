"""The spool on a real disk: what was appended is there after any end, and trouble is explained."""

import itertools
import subprocess
import sys
import threading

import pytest

from rapport.publish.event_record import EventRecord
from rapport.publish.receipts import PublishError
from rapport.publish.spool import appender, segments
from rapport.publish.spool.quarantine import Quarantine
from rapport.publish.spool.segments import Position
from rapport.publish.spool.spool import BYTES_MIN, OpenSpool, Spool

START = Position(0, 0)


def opened(directory, **settings):
    return OpenSpool(Spool(directory, **settings), block_seconds=0)


def event(number, size=10):
    return EventRecord(str(number), "tickets", b"finance", b"x" * size)


def ids(spool, after=START):
    return [found.event and found.event.event_id for found in spool.read(after)]


def test_events_are_there_in_order_when_their_process_has_gone_without_a_word(tmp_path):
    first = opened(tmp_path)
    first.append([event(1)])
    first.append([event(2), event(3)])
    first.abandon()
    again = opened(tmp_path)
    again.append([event(4)])
    assert ids(again) == ["1", "2", "3", "4"]
    assert again.pending == 4


def test_what_was_confirmed_does_not_come_again_and_leaves_no_file(tmp_path):
    spool = opened(tmp_path)
    spool.append([event(1), event(2), event(3)])
    second = list(spool.read(START))[1]
    spool.confirm(second.end, 2)
    spool.close()
    again = opened(tmp_path)
    assert (ids(again, again.confirmed), again.pending) == (["3"], 1)
    (last,) = again.read(again.confirmed)
    again.confirm(last.end, 1)
    again.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cursor", "lock"]
    newest = opened(tmp_path)
    newest.append([event(4)])
    assert ids(newest, newest.confirmed) == ["4"]


@pytest.mark.parametrize("cursor", ["", "9 9 9", "1 5000 123", "not numbers at all", "\0\0\0"])
def test_a_cursor_that_cannot_be_read_means_sending_again_never_losing(tmp_path, cursor):
    spool = opened(tmp_path)
    spool.append([event(1), event(2)])
    spool.abandon()
    (tmp_path / "cursor").write_text(cursor)
    again = opened(tmp_path)
    assert ids(again, again.confirmed) == ["1", "2"]


def test_a_write_that_was_cut_short_is_passed_over_and_later_events_come(tmp_path):
    spool = opened(tmp_path)
    spool.append([event(1), event(2)])
    spool.abandon()
    (segment,) = tmp_path.glob("*.spool")
    segment.write_bytes(segment.read_bytes()[:-3])
    again = opened(tmp_path)
    assert again.pending == 1
    again.append([event(3)])
    assert ids(again) == ["1", None, "3"]


def test_damage_in_the_middle_is_kept_and_reported_and_costs_one_event(tmp_path, caplog):
    spool = opened(tmp_path)
    spool.append([event(number) for number in range(5)])
    spool.abandon()
    (segment,) = tmp_path.glob("*.spool")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    again = opened(tmp_path)
    assert ids(again) == ["0", "1", None, "3", "4"]
    assert ids(again) == ["0", "1", None, "3", "4"]
    assert again.quarantine.count == 1
    (kept,) = tmp_path.glob("quarantine-damaged-*")
    assert kept.read_bytes() == data[2 * len(data) // 5 : 3 * len(data) // 5]
    assert "are not a complete event" in caplog.text
    assert str(kept) in caplog.text
    assert opened_again_after(again).quarantine.count == 1


def test_a_quarantined_file_of_the_first_version_counts_and_is_not_written_again(tmp_path):
    quarantine = Quarantine(tmp_path)
    first = quarantine.add("damaged-1-0", b"\0" * 7)
    old = first.rename(tmp_path / "aside-damaged-1-0")
    again = Quarantine(tmp_path)
    assert (again.count, again.bytes) == (1, 7)
    assert again.add("damaged-1-0", b"\0" * 7) == old
    assert (again.count, list(tmp_path.iterdir())) == (1, [old])


def opened_again_after(spool):
    spool.abandon()
    return opened(spool.directory)


def test_a_second_process_is_refused_with_the_way_out(tmp_path):
    spool = opened(tmp_path)
    code = (
        "import sys; from rapport.publish import Publisher\n"
        "Publisher('127.0.0.1:1', source='a', spool=sys.argv[1])"
    )
    second = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "is in use by process" in second.stderr
    assert "a spool directory of its own" in second.stderr
    spool.close()
    assert ids(opened(tmp_path)) == []


def test_a_full_spool_takes_nothing_and_takes_again_when_kafka_has_a_segment(tmp_path):
    spool = opened(tmp_path, bytes_max=BYTES_MIN)
    numbers = itertools.count()
    with pytest.raises(PublishError, match=r"is full: \d+ of 33554432 bytes, \d+ events"):
        while True:
            spool.append([event(next(numbers), 900_000)])
    on_disk = sum(path.stat().st_size for path in tmp_path.glob("*.spool"))
    assert BYTES_MIN - 1_000_000 < on_disk <= BYTES_MIN
    found = [one for one in spool.read(START) if one.end.segment == 1]
    later = next(one for one in spool.read(START) if one.end.segment == 2)
    spool.confirm(later.end, len(found) + 1)
    spool.append([event("one more", 900_000)])
    assert ids(spool, spool.confirmed)[-1] == "one more"


def test_one_that_waits_for_room_goes_on_as_soon_as_there_is_some(tmp_path):
    spool = OpenSpool(Spool(tmp_path, bytes_max=BYTES_MIN), block_seconds=60)
    for number in range(33):
        spool.append([event(number, 1_000_000)])
    waiting = threading.Thread(target=spool.append, args=([event("late", 1_000_000)],))
    waiting.start()
    found = list(itertools.islice(spool.read(START), 12))
    spool.confirm(found[-1].end, 12)
    waiting.join(10)
    assert not waiting.is_alive()
    assert ids(spool, spool.confirmed)[-1] == "late"


def test_a_full_disk_is_reported_and_leaves_no_half_event(tmp_path):
    code = """
import resource, sys
from rapport.publish import *
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
publisher = Publisher("127.0.0.1:1", source="urn:a", spool=sys.argv[1])
ticket = TicketResolved(client="a", ticket_id="1", priority="P3", sla_met=True)
for number in range(1000):
    try:
        publisher.publish(ticket)
    except PublishError as error:
        print(number, error)
        break
publisher.close(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    taken, _, message = done.stdout.partition(" ")
    assert "cannot write to the spool" in message
    assert "nothing was published" in message
    again = opened(tmp_path)
    assert again.pending == int(taken) > 10
    assert None not in ids(again)


def test_a_sync_that_fails_gives_no_receipt_then_or_later(tmp_path, monkeypatch):
    spool = opened(tmp_path)
    spool.append([event(1)])

    def fail(_descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(appender, "sync_file", fail)
    with pytest.raises(PublishError, match="cannot be synced: Input/output error"):
        spool.append([event(2)])
    monkeypatch.undo()
    with pytest.raises(PublishError, match="cannot be synced"):
        spool.append([event(3)])


def test_threads_that_publish_at_once_share_syncs_and_none_returns_before_its_own(
    tmp_path, monkeypatch
):
    spool, synced = opened(tmp_path), []

    def counted(descriptor):
        sizes = spool._appender._written
        segments.sync_file(descriptor)
        synced.append(sizes)

    monkeypatch.setattr(appender, "sync_file", counted)
    threads, each = 8, 100

    def publish(thread):
        for number in range(each):
            spool.append([event(f"{thread}-{number}")])
            mine = max(
                end.offset
                for end, found, _ in spool.read(START)
                if found.event_id == f"{thread}-{number}"
            )
            assert spool._appender._synced >= mine

    errors = []
    monkeypatch.setattr(threading, "excepthook", errors.append)
    running = [threading.Thread(target=publish, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert errors == []
    assert len(set(ids(spool))) == threads * each
    assert len(synced) < threads * each


def test_synced_each_second_it_syncs_seldom_but_does(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(appender, "sync_file", synced.append)
    spool = opened(tmp_path, fsync="each-second")
    for number in range(100):
        spool.append([event(number)])
    assert len(synced) <= 1
    spool._synced -= 1
    spool.append([event(100)])
    assert 1 <= len(synced) <= 2


def test_a_spool_too_small_to_work_is_refused(tmp_path):
    with pytest.raises(PublishError, match="at least 33554432"):
        opened(tmp_path, bytes_max=1)


def test_only_its_owner_can_read_it(tmp_path):
    spool = opened(tmp_path / "new")
    spool.append([event(1)])
    (segment,) = (tmp_path / "new").glob("*.spool")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert segment.stat().st_mode & 0o077 == 0

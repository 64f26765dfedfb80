"""Frames come back whole, and damage costs only the frames that it hits."""

from hypothesis import given
from hypothesis import strategies as st

from rapport.publish.event_record import EventRecord
from rapport.publish.spool.frames import MAGIC, pack, scan, unpack

# Text that holds the mark itself is the hard case: a reader must not take it for a frame.
BYTES = st.binary(max_size=40) | st.just(b"a" + MAGIC + b"\0\0\0\1\0\0\0\0b")
TEXT = st.text(max_size=12)
EVENTS = st.lists(
    st.builds(EventRecord, TEXT, TEXT, BYTES, BYTES),
    max_size=6,
)


@given(EVENTS)
def test_what_was_packed_is_found_in_order_and_nothing_else(events):
    parts = list(scan(b"".join(map(pack, events))))
    assert [unpack(part.payload) for part in parts] == events


@given(EVENTS, st.data())
def test_a_flipped_byte_costs_one_frame_and_the_parts_cover_every_byte(events, data):
    frames = [pack(event) for event in events]
    whole = bytearray(b"".join(frames))
    if not whole:
        return
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    parts = list(scan(bytes(whole)))
    found = [unpack(part.payload) for part in parts if part.payload is not None]
    ends = [sum(map(len, frames[: number + 1])) for number in range(len(frames))]
    hit = next(number for number, end in enumerate(ends) if at < end)
    assert found == events[:hit] + events[hit + 1 :]
    assert [part.start for part in parts] == [0, *(part.end for part in parts[:-1])]
    assert parts[-1].end == len(whole)


@given(EVENTS, st.data())
def test_a_tail_that_was_cut_off_costs_what_was_cut(events, data):
    frames = [pack(event) for event in events]
    whole = b"".join(frames)
    length = data.draw(st.integers(0, len(whole)))
    found = [unpack(p.payload) for p in scan(whole[:length]) if p.payload is not None]
    complete = sum(length >= sum(map(len, frames[: n + 1])) for n in range(len(frames)))
    assert found == events[:complete]

"""What would end a worker that trusts its Kafka client: sent to a real broker, and survived."""

import json
import os

import pytest
from kafka import KafkaProducer

from rapport.web.client import fetch_json
from rapport_schemas.ticket import TicketReopened

pytestmark = pytest.mark.kafka
BOMB_BYTES = 80 * 1024 * 1024


class BadName(str):
    """A header name that is not UTF-8 once it is sent."""

    __slots__ = ()

    def encode(self, *_):
        return b"na\xffme"


def produce(system, topic, *records, **settings):
    """Send (key, value, headers) to one partition, in one batch."""
    producer = KafkaProducer(
        bootstrap_servers=system.bootstrap, linger_ms=200, batch_size=1 << 20, **settings
    )
    futures = [
        producer.send(topic, value, key, list(headers), partition=0)
        for key, value, headers in records
    ]
    producer.flush(timeout=60)
    for future in futures:
        future.get(timeout=60)
    producer.close()


def reopened(system, number, source):
    data = TicketReopened(client="sturdy", ticket_id=f"T{number}")
    return system.event(data, f"p{number}", source)[1:]


def applied(system):
    return system.status()["outcomes"].get("applied", 0)


def test_a_header_name_that_is_not_utf_8_costs_no_record(system):
    """Only the headers of CloudEvents are looked at, and it is none of them."""
    system.register("sturdy")
    before = applied(system)
    source = "urn:bad-name"
    first, (key, value, headers), last = (reopened(system, at, source) for at in range(3))
    bad = (key, value, [*headers, (BadName("x"), b"")])
    produce(system, "tickets", first, bad, last)
    system.until(lambda: applied(system) >= before + 3)


def test_a_batch_that_inflates_without_end_is_one_dead_letter_and_the_next_batch_is_read(system):
    system.register("sturdy")
    before = applied(system)
    source = "urn:bomb"
    key, _, headers = reopened(system, 10, source)
    bomb = (key, bytes(BOMB_BYTES), headers)
    produce(system, "tickets", bomb, compression_type="gzip", max_request_size=2 * BOMB_BYTES)
    produce(system, "tickets", reopened(system, 11, source))
    system.until(lambda: applied(system) >= before + 1)
    assert system.status()["dead_letters"]["too-big"] >= 1


def test_a_key_and_headers_of_megabytes_are_cut_so_that_their_dead_letter_fits(system):
    source = "urn:fat"
    key, _, headers = reopened(system, 20, source)
    produce(
        system,
        "tickets",
        (b"k" * 500_000, b"[1]", headers),
        (key, b"[1]", [*headers, ("fat", os.urandom(900_000))]),
    )
    assert [why["cut"] for _, why in system.dead_letters(source, 2)] == [["key"], ["headers"]]


def test_nothing_among_the_clients_stops_the_worker_and_it_says_what_it_left_out(system):
    system.register("sturdy")
    key, value, headers = reopened(system, 30, "urn:registry")
    produce(
        system,
        "clients",
        (b"a", b"not json", headers),
        (b"b", b"{}", [(BadName("x"), b"")]),
        (key, value, headers),  # a ticket
        (b"c", b"", []),
        (b"never-registered", None, []),
    )
    system.register("after-poison")
    system.until(lambda: system.status()["ready"])
    system.until(lambda: "after-poison" in json.dumps(fetch_json(f"{system.url}/clients")))

    def left_out(reason):
        return system.status()["clients_left_out"].get(reason, 0)

    # The status is made anew once a second, and not together with the scores.
    system.until(lambda: left_out("foreign-type") >= 1)
    system.until(lambda: left_out("not-cloudevent") >= 2)

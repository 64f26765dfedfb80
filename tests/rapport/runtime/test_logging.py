"""What the Kafka clients say again and again is logged once; what we say, each time."""

import asyncio
import logging

import pytest

from rapport.runtime import logging as logging_module
from rapport.runtime.logging import RepeatFilter, SentenceFilter
from rapport_schemas.wire.errors import RapportError


def record(name, message, *values):
    return logging.LogRecord(name, logging.ERROR, "", 0, message, values, None)


def test_a_repeated_message_of_a_client_passes_once_whatever_its_values():
    seldom = RepeatFilter()
    passed = [seldom.filter(record("aiokafka.conn", "no node %s", node)) for node in range(50)]
    assert passed == [True] + [False] * 49
    assert seldom.filter(record("aiokafka.conn", "another message"))
    assert seldom.filter(record("kafka.client", "no node %s", 1))
    assert all(seldom.filter(record("rapport", "the same")) for _ in range(3))


def test_it_passes_again_after_a_while_and_remembers_a_bounded_number(monkeypatch):
    seldom = RepeatFilter()
    assert seldom.filter(record("kafka", "a"))
    monkeypatch.setattr(logging_module, "REPEAT_SECONDS", 0.0)
    assert seldom.filter(record("kafka", "a"))
    for number in range(3 * logging_module.MESSAGES_MAX):
        seldom.filter(record("kafka", f"message {number}"))
    assert len(seldom._written_at) <= logging_module.MESSAGES_MAX


def written(error):
    info = type(error), error, None
    one = logging.LogRecord("mode", logging.ERROR, "", 0, "Crashed reason=%r", (error,), info)
    if not SentenceFilter().filter(one):
        return ""
    return logging.Formatter("%(message)s").format(one)


def test_an_error_that_says_what_to_do_is_written_as_its_sentence_without_its_stack():
    assert written(RapportError("the disk is full; free some space")) == (
        "the disk is full; free some space"
    )


def test_any_other_error_keeps_its_stack():
    assert "Crashed reason=ValueError('x')\nValueError: x" in written(ValueError("x"))


def test_a_thread_that_a_crash_has_ended_cannot_be_stopped_and_that_is_not_written():
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError) as met:
        loop.call_soon_threadsafe(print)
    assert written(met.value) == ""

"""Quix Streams: state per key in RocksDB with its changelog."""

import os
import sys

from common import TOPICS, Clock, validated
from quixstreams import Application

bootstrap, event_count, directory = sys.argv[1], int(sys.argv[2]), sys.argv[3]
app = Application(
    broker_address=bootstrap,
    consumer_group="quix",
    auto_offset_reset="earliest",
    state_dir=directory,
    loglevel="ERROR",
)
clock = Clock("Quix Streams", event_count, "RocksDB + changelog")


def count(value, _key, _timestamp, headers, state):
    data = validated(headers, value)
    state.set("count", state.get("count", 0) + 1)
    if clock.seen():
        os._exit(0)
    return data


for name in TOPICS:
    topic = app.topic(name, value_deserializer="bytes", key_deserializer="str")
    app.dataframe(topic).apply(count, stateful=True, metadata=True)
app.run()

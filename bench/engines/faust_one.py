"""Faust as its tutorial shows it: one event at a time, a RocksDB table with its changelog."""

import os
import sys

import faust
from common import TOPICS, Clock, validated

bootstrap, event_count, directory = sys.argv[1], int(sys.argv[2]), sys.argv[3]
app = faust.App(
    "faust-one",
    broker=f"kafka://{bootstrap}",
    store="rocksdb://",
    datadir=directory,
    web_enabled=False,
    topic_partitions=8,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
)
counts = app.Table("counts", default=int, partitions=8)
clock = Clock("Faust, one event at a time", event_count, "RocksDB + changelog")


@app.agent(app.topic(*TOPICS, value_serializer="raw", key_serializer="raw"))
async def count(stream):
    async for event in stream.events():
        data = validated(event.headers, event.value)
        counts[data.client] += 1
        if clock.seen():
            os._exit(0)


faust.Worker(app, loglevel="ERROR", quiet=True, redirect_stdouts=False).execute_from_commandline()

"""Bytewax with recovery: state per key, snapshots to SQLite."""

import os
import sys
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import cluster_main
from common import TOPICS, Clock, validated

bootstrap, event_count, directory = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
directory.mkdir(parents=True, exist_ok=True)
init_db_dir(directory, 1)
clock = Clock("Bytewax with recovery", event_count, "local snapshots")


class Counted(StatelessSinkPartition):
    def write_batch(self, items):
        if clock.seen(len(items)):
            os._exit(0)


class Counting(DynamicSink):
    def build(self, _step_id, _worker_index, _worker_count):
        return Counted()


def keyed(message):
    return message.key.decode(), validated(message.headers, message.value)


def counted(state, _data):
    state = (state or 0) + 1
    return state, state


flow = Dataflow("bench")
source = KafkaSource([bootstrap], list(TOPICS), batch_size=5_000, tail=False)
stream = op.map("keyed", op.input("in", flow, source), keyed)
op.output("out", op.stateful_map("count", stream, counted), Counting())
cluster_main(flow, [], 0, recovery_config=RecoveryConfig(str(directory)))

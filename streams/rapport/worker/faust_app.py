"""The Faust application of a worker: settings, and the topics fetched as raw batches."""

from typing import Final

from rapport.runtime.directory_lock import static_member_id
from rapport.worker.faust_ext.consumer import BatchApp
from rapport.worker.faust_ext.credentials import faust_broker
from rapport.worker.settings import Settings
from rapport.worker.storage.table import LedgerTable, LedgerTables
from rapport_schemas.wire.registry import CHANGELOG_TOPICS, GROUP, TOPICS

CHUNKS_BUFFERED_MAX: Final = 64
"""Chunks that Faust may hold before it pauses partitions."""
FETCH_BYTES_MAX: Final = 1024 * 1024
PRODUCER_BATCH_BYTES: Final = 512 * 1024


def faust_app(settings: Settings) -> BatchApp:
    """Return the application of one worker, without tables, agents and tasks."""
    app = BatchApp(
        GROUP,
        **faust_broker(settings.kafka),
        store="rocksdb://",
        Table=LedgerTable,
        TableManager=LedgerTables,
        datadir=settings.data_dir,
        topic_partitions=settings.partitions,
        topic_disable_leader=True,
        topic_allow_declare=False,  # `rapport topics` creates them: a worker has no such right
        web_enabled=False,
        stream_buffer_maxsize=CHUNKS_BUFFERED_MAX,
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        consumer_max_fetch_size=FETCH_BYTES_MAX,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=static_member_id(settings.data_dir),
        producer_compression_type="lz4",
        producer_max_request_size=4 * 1024 * 1024,
        producer_max_batch_size=PRODUCER_BATCH_BYTES,
        logging_config=None,
    )
    app.input_topics = frozenset(name for name, topic in TOPICS.items() if topic.feeds_ledger)
    app.raw_topics = app.input_topics.union(CHANGELOG_TOPICS)
    return app

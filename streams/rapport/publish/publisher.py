"""The publisher that services use: it sends events to Kafka, through memory or a spool on disk."""

import os
import time
import weakref
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, Self

from rapport.kafka.config_file import read_kafka_config
from rapport.publish.base import EventPublisher
from rapport.publish.event_record import EventIds, EventRecord
from rapport.publish.memory_channel import DirectChannel, direct_channel
from rapport.publish.receipts import WAIT_SECONDS, PublishError, Receipt
from rapport.publish.spool.channel import SpooledChannel
from rapport.publish.spool.spool import Spool

BLOCK_SECONDS: Final = 60.0
SPOOL_CLOSE_SECONDS: Final = 5.0
QUEUE_BYTES_MAX: Final = 64 * 1024 * 1024


class Publisher(EventPublisher):
    """Publishes events to Kafka, with kafka-python; a context manager, safe for threads and forks.

    **What a receipt means.** Without a spool an event waits in memory, and its receipt is done
    when every in-sync replica has acknowledged it: `receipt.wait()`. With `spool=DIRECTORY` (or a
    `Spool`) an event is written to disk and synced first: its receipt is done when `publish`
    returns, and neither an unavailable broker nor the death of the process loses it. The next
    process that opens the spool sends what is left in it. An event that arrives twice has the same
    id and source, and counts once.

    **A full queue.** At most `queue_bytes_max` bytes wait in memory, `Spool.bytes_max` on disk.
    `on_full` is what `publish` does beyond that: `block` for up to `block_seconds` and then raise,
    `raise` at once, or `spool`: events go through memory, and only those that do not fit go to the
    spool, whose receipts are done at once.

    **After a fork** a publisher without a spool reconnects in the child, and the parent sends the
    events in flight. One with a spool raises in the child: make one there, on its own directory.

    `kafka` is passed on to kafka-python (TLS, SASL, compression). Raises `PublishError` when no
    broker answers, unless every event goes through a spool: then the broker may start later.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        source: str,
        spool: Spool | str | Path | None = None,
        on_full: Literal["block", "raise", "spool"] = "block",
        block_seconds: float = BLOCK_SECONDS,
        queue_bytes_max: int = QUEUE_BYTES_MAX,
        **kafka: Any,
    ) -> None:
        super().__init__(source)
        if on_full == "spool" and spool is None:
            raise PublishError("on_full='spool' needs spool=DIRECTORY")
        self._direct: DirectChannel | None = None
        self._spooled: SpooledChannel | None = None
        if spool is None or on_full == "spool":
            self._direct = direct_channel(
                bootstrap,
                kafka,
                on_full="raise" if on_full == "raise" else "block",
                block_seconds=block_seconds,
                queue_bytes_max=queue_bytes_max,
            )
        if spool is not None:
            self._spooled = SpooledChannel(
                spool if isinstance(spool, Spool) else Spool(spool),
                bootstrap,
                kafka,
                block_seconds=0.0 if on_full == "raise" else block_seconds,
            )
        _PUBLISHERS.add(self)

    @classmethod
    def from_config(cls, file: str | Path, *, source: str, **options: Any) -> Self:
        """Return a publisher whose address, TLS and user are read from a configuration file.

        The file is the one that `rapport ... --kafka-config FILE` reads. `options` are the other
        arguments of `Publisher`. Raises `RapportError` with the file and what is expected in it.
        """
        kafka = read_kafka_config(None, Path(file))
        return cls(kafka.bootstrap, source=source, **{**kafka.security, **options})

    @property
    def quarantined(self) -> int:
        """Files `quarantine-…` in the spool: damaged bytes, and events that Kafka rejected."""
        return self._spooled.quarantined if self._spooled else 0

    def flush(self, timeout_seconds: float = WAIT_SECONDS) -> int:
        """Wait `timeout_seconds` at most until Kafka has every event; return how many it has not.

        An event that Kafka rejected or did not acknowledge is counted in this and every later call.
        """
        deadline = time.monotonic() + timeout_seconds
        return sum(channel.flush(deadline) for channel in self._channels())

    def close(self, timeout_seconds: float | None = None) -> None:
        """Flush and close. Events left in memory raise `PublishError`; in a spool they are safe.

        Without `timeout_seconds` it waits 30 s for events in memory, 5 s for those in a spool.
        """
        if timeout_seconds is None:
            timeout_seconds = WAIT_SECONDS if self._direct else SPOOL_CLOSE_SECONDS
        deadline = time.monotonic() + timeout_seconds
        for channel in self._channels():
            channel.close(deadline)

    def _take(
        self,
        events: Sequence[EventRecord],
        data: Sequence[Any],  # noqa: ARG002 # for `RecordingPublisher`
        at: datetime,  # noqa: ARG002 # as data
    ) -> list[Receipt]:
        direct, spooled = self._direct, self._spooled
        if direct is None:
            return spooled.take(events) if spooled else []
        if spooled is None:
            return direct.take(events)
        return [direct.offer(event) or spooled.take((event,))[0] for event in events]

    def _channels(self) -> list[DirectChannel | SpooledChannel]:
        return [channel for channel in (self._direct, self._spooled) if channel is not None]

    def _after_fork_in_child(self) -> None:
        self._ids = EventIds()
        for channel in self._channels():
            channel.after_fork()


_PUBLISHERS: weakref.WeakSet[Publisher] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for publisher in list(_PUBLISHERS):
        publisher._after_fork_in_child()  # noqa: SLF001 # of this module's own class


os.register_at_fork(after_in_child=_after_fork_in_child)

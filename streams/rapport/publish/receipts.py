"""Receipts of published events, and the error when an event was not published."""

from typing import Any, Final, Self

from kafka.errors import KafkaError

from rapport_schemas.wire.errors import RapportError

WAIT_SECONDS: Final = 30.0


class PublishError(RapportError):
    """An event was rejected, or did not reach Kafka; `path` is where in the event, or empty.

    >>> str(PublishError("Input should be at least 0", "data.amount_minor"))
    'data.amount_minor: Input should be at least 0'
    """

    def __init__(self, message: str, path: str = "") -> None:
        self.path = path
        super().__init__(f"{path}: {message}" if path else message)


class Receipt:
    """What `publish` returns. It is *done* when the event is durable.

    Durable means: every in-sync replica of Kafka has acknowledged it, or it is in the spool on
    disk and synced. With a spool a receipt is done when `publish` returns; without one it is done
    when Kafka has answered, which `wait` waits for.
    """

    __slots__ = ("_future", "event_id", "topic")

    def __init__(self, event_id: str, topic: str, future: Any = None) -> None:
        self.event_id = event_id
        self.topic = topic
        self._future = future

    def __repr__(self) -> str:
        return f"Receipt({self.event_id!r}, {self.topic!r}, done={self.done})"

    @property
    def done(self) -> bool:
        """Whether the event is durable."""
        return self._future is None or bool(self._future.succeeded())

    def wait(self, timeout_seconds: float = WAIT_SECONDS) -> Self:
        """Return when the event is durable; raises `PublishError` when it is not in time."""
        if self._future is None:
            return self
        try:
            self._future.get(timeout=timeout_seconds)
        except KafkaError as error:
            raise PublishError(f"event {self.event_id} did not reach Kafka: {error}") from error
        return self

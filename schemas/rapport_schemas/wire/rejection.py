"""Reasons for which an event is rejected, and the error that carries one."""

from typing import Final

from rapport_schemas.wire.errors import RapportError

REASONS: Final = {
    "not-json": "the data is not one JSON document in UTF-8, or an object in it has a key twice",
    "not-cloudevent": "an attribute that CloudEvents 1.0 requires is missing or wrong",
    "unknown-type": "no contract has this event type",
    "unknown-version": "the contract exists, but not in this version",
    "foreign-type": "the event belongs on another topic",
    "invalid": "the data breaks its contract; the path says where",
    "too-big": "the record is larger than an event may be",
    "unreadable": "Kafka's own bytes around the record cannot be read",
    "too-old": "the event is older than the ledger's horizon",
    "from-the-future": "the event's time is more than five minutes ahead",
    "unknown-client": "no client in the registry has this name",
    "conflict": "the same id and revision arrived before with other content",
    "internal-error": "the worker itself failed on this record; the fingerprint says where",
}


class Rejected(RapportError):  # noqa: N818 # also a value: it goes to the dead letters
    """Rejection of an event: `reason` is a key of `REASONS`, `path` locates the error."""

    def __init__(self, reason: str, path: str, detail: str) -> None:
        self.reason, self.path, self.detail = reason, path, detail
        super().__init__(f"{reason} at {path or 'the record'}: {detail}")

    @property
    def logged_path(self) -> str:
        """The path without names of the publisher's: those may be personal data in invalid JSON."""
        return self.path.partition(".")[0] if self.reason == "not-json" else self.path

    def __reduce__(self) -> tuple[type["Rejected"], tuple[str, str, str]]:
        return Rejected, (self.reason, self.path, self.detail)

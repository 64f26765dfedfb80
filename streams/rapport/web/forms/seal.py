"""Seals of forms: a message authentication code over who got which form, for whom and when.

It shows that a form that is sent was made by a worker for this user: another site cannot make one.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final

HOUR_SECONDS: Final = 3_600
HOURS_MAX: Final = 4
"""A form that was opened longer ago is shown again, filled in, before it is recorded."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a seal is about."""

    user: str
    form: str
    client: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Seals:
    """Makes and checks seals with the key that all workers share.

    >>> seals = Seals(b"0" * 32)
    >>> subject = Subject("anna", "note", "finance", "7f3c")
    >>> sealed = seals.seal(subject, hour=490_000)
    >>> seals.is_right(subject, 490_000, sealed), seals.is_right(subject, 490_001, sealed)
    (True, False)
    >>> seals.is_right(Subject("eve", "note", "finance", "7f3c"), 490_000, sealed)
    False
    """

    key: bytes = field(repr=False)

    def seal(self, subject: Subject, hour: int) -> str:
        """Return the seal of a form that is made in an hour since 1970-01-01 UTC."""
        parts = (subject.user, subject.form, subject.client, subject.event_id, str(hour))
        encoded = [part.encode(errors="surrogatepass") for part in parts]
        # Framed by lengths: the end of one part must not pass for the beginning of the next.
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
        return hmac.new(self.key, framed, "sha256").hexdigest()

    def is_right(self, subject: Subject, hour: int, sealed: str) -> bool:
        """Return whether a seal is that of a form made in this hour."""
        expected = self.seal(subject, hour)
        return hmac.compare_digest(expected.encode(), sealed.encode(errors="surrogatepass"))

"""Agreed texts: the message of IT and what it offers, for one client or for every client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rapport.domain.calendar import day_number
from rapport_schemas.desk import AgreedTextWithdrawn, MessageAgreed, OfferDescribed, agreed_text_key

KINDS: Final = ("message", "offer")


@dataclass(frozen=True, slots=True)
class AgreedText:
    """A text, and since when it holds."""

    kind: str
    """`message` or `offer`."""
    client: str | None
    """The client that it is for; None for every client."""
    since: int
    """The day since which it holds, as days since 1970-01-01."""
    parts: Mapping[str, str]
    """The texts by the fields of the contract: `text`, or `does` and `does_not`."""
    link: str | None = None


@dataclass(slots=True)
class AgreedTexts:
    """The texts by the keys of their records; a newer record replaces an older one."""

    _by_key: dict[str, AgreedText] = field(default_factory=dict)
    changes: int = 0
    """How often a record was put."""

    def put(self, key: str, event: Any) -> None:
        """Add or replace a text; an event that withdraws it, or None, removes it."""
        self.changes += 1
        if event is None or isinstance(event, AgreedTextWithdrawn):
            self._by_key.pop(key, None)
        else:
            self._by_key[key] = agreed_text(event)

    def frozen(self) -> "AgreedTexts":
        """Return a copy that later records do not change."""
        return AgreedTexts(dict(self._by_key))

    def of(self, client: str, day: int) -> list[AgreedText]:
        """Return the texts that hold for a client on `day`, and its own that hold from later on.

        A text of the client's own holds instead of the one for every client.
        """
        return [text for kind in KINDS for text in self._of_kind(kind, client, day)]

    def _of_kind(self, kind: str, client: str, day: int) -> Iterator[AgreedText]:
        own = self._by_key.get(agreed_text_key(kind, client))
        if own is None or own.since > day:
            general = self._by_key.get(agreed_text_key(kind, None))
            if general is not None:
                yield general
        if own is not None:
            yield own


def agreed_text(event: MessageAgreed | OfferDescribed) -> AgreedText:
    """Return the text of an event.

    >>> from datetime import date
    >>> event = MessageAgreed(since=date(2026, 3, 1), text="We say what it costs.")
    >>> text = agreed_text(event)
    >>> text.kind, text.client, text.parts
    ('message', None, {'text': 'We say what it costs.'})
    """
    if isinstance(event, MessageAgreed):
        kind, parts = "message", {"text": event.text}
    else:
        kind, parts = "offer", {"does": event.does, "does_not": event.does_not}
    return AgreedText(kind, event.client, day_number(event.since), parts, event.link)

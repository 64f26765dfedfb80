"""Links of the pages: to other pages of a worker, or to files in the same directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote, urlencode

PARTS: Final = ("scores", "reasons")
"""The further pages of a client."""


class Links(Protocol):
    """The link targets of a page."""

    @property
    def interactive(self) -> bool:
        """Whether a server can answer the search form and the sort links."""

    def asset(self, name: str) -> str:
        """Return the address of the stylesheet or the icon."""

    def fleet(self, lang: str, **query: str) -> str:
        """Return the address of the fleet."""

    def today(self, lang: str) -> str:
        """Return the address of what needs attention today."""

    def client(self, client: str, lang: str) -> str:
        """Return the address of a client's page."""

    def part(self, client: str, part: str, lang: str) -> str:
        """Return the address of a further page of a client, one of `PARTS`."""

    def same(self, lang: str) -> str:
        """Return the address of the same page in another language."""


@dataclass(frozen=True, slots=True)
class ServedLinks:
    """Addresses of a running worker."""

    path: str
    query: Mapping[str, Sequence[str]]
    """Parameter -> its values."""
    interactive: bool = True

    def asset(self, name: str) -> str:
        """Return the address of an asset."""
        return f"/assets/{name}"

    def fleet(self, lang: str, **query: str) -> str:
        """Return the address of the fleet."""
        return "/?" + urlencode(
            {"lang": lang} | {name: value for name, value in query.items() if value}
        )

    def today(self, lang: str) -> str:
        """Return the address of what needs attention today."""
        return f"/today?{urlencode({'lang': lang})}"

    def client(self, client: str, lang: str) -> str:
        """Return the address of a client's page."""
        return f"/pages/{quote(client, safe='')}?{urlencode({'lang': lang})}"

    def part(self, client: str, part: str, lang: str) -> str:
        """Return the address of a further page of a client."""
        return f"/pages/{quote(client, safe='')}/{part}?{urlencode({'lang': lang})}"

    def same(self, lang: str) -> str:
        """Return the address of this page in another language."""
        return f"{self.path}?{urlencode({**self.query, 'lang': lang}, doseq=True)}"


@dataclass(frozen=True, slots=True)
class FileLinks:
    """File names in one directory, which open without a worker."""

    client_id: str | None
    own_part: str = ""
    """The part of the client that this page is; empty for the client's page."""
    interactive: bool = False

    def asset(self, name: str) -> str:
        """Return the name of an asset's file."""
        return name

    def fleet(self, lang: str, **_query: str) -> str:
        """Return the name of the fleet's file."""
        return fleet_file(lang)

    def today(self, lang: str) -> str:
        """Return the name of the fleet's file: a file has no today."""
        return fleet_file(lang)

    def client(self, client: str, lang: str) -> str:
        """Return the name of a client's file."""
        return client_file(client, lang)

    def part(self, client: str, part: str, lang: str) -> str:
        """Return the name of the file of a further page of a client."""
        return client_file(client, lang, part)

    def same(self, lang: str) -> str:
        """Return the name of the same page's file in another language."""
        if self.client_id is None:
            return fleet_file(lang)
        return client_file(self.client_id, lang, self.own_part)


def fleet_file(lang: str) -> str:
    """Return the file of the fleet; a directory opens with the English one."""
    return "index.html" if lang == "en" else f"index.{lang}.html"


def client_file(client: str, lang: str, part: str = "") -> str:
    """Return the file of a page of a client.

    >>> client_file("finance", "nl"), client_file("finance", "nl", "scores")
    ('client-finance.nl.html', 'scores-finance.nl.html')
    """
    return f"{part or 'client'}-{client}.{lang}.html"

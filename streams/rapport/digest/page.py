"""The page of a digest, made of the answers of all workers: a few clients, the most urgent first.

What it leaves out is counted, so that the page stays one page however many clients there are.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote, urlencode

from rapport.domain.calendar import day_number
from rapport.domain.concerns.kinds import STATES
from rapport.language.language import Language

FIRST_MAX: Final = 5
OVERDUE_MAX: Final = 4
OVERDUE_LINES_MAX: Final = 2
CHANGED_MAX: Final = 4
WELL_MAX: Final = 3
NAME_CHARACTERS_MAX: Final = 48
"""A longer name of a client ends in an ellipsis."""
Client = Mapping[str, Any]
"""A client in the answer of a worker."""


@dataclass(frozen=True, slots=True)
class DigestItem:
    """What is said of one client."""

    name: str
    note: str
    """Its state and, where the digest has several owners, its owner."""
    link: str
    """The address of its page; empty without one."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestSection:
    """One part of the page; without items it has only its `note`."""

    title: str
    items: tuple[DigestItem, ...]
    note: str


@dataclass(frozen=True, slots=True)
class DigestPage:
    """The page in words."""

    lang: str
    subject: str
    title: str
    summary: tuple[str, ...]
    sections: tuple[DigestSection, ...]
    all_clients: str
    """The label of `link`."""
    link: str
    """The address of the page of all clients; empty without one."""


def merged(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answers of several workers as one, the most urgent client first.

    A client that changes its worker meanwhile is in two answers, and counts once.
    """
    newest = max(answers, key=lambda answer: answer["day"] or "")
    clients = {client["id"]: client for answer in answers for client in answer["clients"]}
    return {**newest, "clients": sorted(clients.values(), key=_rank)}


def _rank(client: Client) -> tuple[Any, ...]:
    place = STATES.index(client["state"])
    return place, -client["urgency"], -client["impact"], client["id"]


def digest_page(answer: Mapping[str, Any], language: Language, site: str) -> DigestPage:
    """Return the page of a merged answer; `site` is the address of the pages, or empty."""
    return _Writer(language, site.rstrip("/"), answer).page()


@dataclass(frozen=True, slots=True)
class _Writer:
    language: Language
    site: str
    answer: Mapping[str, Any]

    @property
    def clients(self) -> Sequence[Client]:
        found: Sequence[Client] = self.answer["clients"]
        return found

    def page(self) -> DigestPage:
        language, shared = self.language, tuple(self.answer["shared"])
        sections = [self._first(), *self._overdue(), self._changed(), self._well()]
        if shared:
            about = DigestItem("", "", "", shared)
            sections.append(DigestSection(language.text("digest_shared"), (about,), ""))
        return DigestPage(
            lang=language.name,
            subject=self._subject(),
            title=language.text("digest_title", n=len(self.clients), since=self._day("since")),
            summary=self._summary(),
            sections=tuple(sections),
            all_clients=language.text("all_clients"),
            link=f"{self.site}/?{urlencode({'lang': language.name})}" if self.site else "",
        )

    def _day(self, name: str) -> str:
        day = self.answer[name]
        return "" if day is None else self.language.day(day_number(date.fromisoformat(day)))

    def _subject(self) -> str:
        urgent = sum(client["state"] == "act" for client in self.clients)
        if not urgent:
            return self.language.text("digest_subject_none", day=self._day("day"))
        return self.language.text("digest_subject", n=urgent, day=self._day("day"))

    def _summary(self) -> tuple[str, ...]:
        language, states = self.language, Counter(client["state"] for client in self.clients)
        counts = " · ".join(f"{states[state]} {language.states[state]}" for state in STATES)
        worse = sum(client["steps"] < 0 for client in self.clients)
        better = sum(client["steps"] > 0 for client in self.clients)
        compared = language.text(
            "digest_compared", since=self._day("since"), worse=worse, better=better
        )
        missing = self.answer["registered"] - len(self.clients)
        note = (language.text("digest_missing", n=missing),) if missing > 0 else ()
        return (counts, compared, *note)

    def _first(self) -> DigestSection:
        found = [one for one in self.clients if one["first"] and one["state"] in {"act", "watch"}]
        items = tuple(self._item(one, self._do(one)) for one in found[:FIRST_MAX])
        title, empty = self.language.text("digest_first"), self.language.text("nothing_now")
        return self._section(title, items, len(found), empty)

    def _do(self, client: Client) -> tuple[str, ...]:
        language, first, others = self.language, client["first"], client["others"]
        since = language.text("since_day", day=first["since"])
        more = f" {language.text('more_concerns', n=others)}." if others else ""
        reason = f"{first['text']} {since[:1].upper()}{since[1:]}.{more}"
        return (reason, f"{language.text('what_next')}: {first['next']}")

    def _overdue(self) -> tuple[DigestSection, ...]:
        """Return the promises and actions that are overdue; no section without any."""
        found = [one for one in self.clients if one.get("overdue")]
        items = tuple(self._item(one, self._late(one)) for one in found[:OVERDUE_MAX])
        title = self.language.text("today_overdue")
        return (self._section(title, items, len(found), ""),) if found else ()

    def _late(self, client: Client) -> tuple[str, ...]:
        lines = client["overdue"]
        others = len(lines) - OVERDUE_LINES_MAX
        more = (self.language.text("today_overdue_more", n=others),) if others > 0 else ()
        return (*lines[:OVERDUE_LINES_MAX], *more)

    def _changed(self) -> DigestSection:
        found = [one for one in self.clients if one["began"] or one["fell"] or one["steps"] < 0]
        items = tuple(self._item(one, self._worse(one)) for one in found[:CHANGED_MAX])
        title = self.language.text("digest_changed")
        return self._section(title, items, len(found), self.language.text("digest_changed_none"))

    def _worse(self, client: Client) -> tuple[str, ...]:
        new = self.language.listed(client["began"])
        began = (self.language.text("digest_new", concerns=new),) if client["began"] else ()
        return (" ".join((*began, *client["fell"][:1])),)

    def _well(self) -> DigestSection:
        found = [
            one
            for one in self.clients
            if one["news"] or one["ended"] or one["rose"] or one["steps"] > 0
        ]
        found.sort(key=lambda one: (-len(one["news"]), -one["steps"], -len(one["ended"])))
        items = tuple(self._item(one, self._better(one)) for one in found[:WELL_MAX])
        empty = self.language.text("digest_well_none", since=self._day("since"))
        return self._section(self.language.text("digest_well"), items, len(found), empty)

    def _better(self, client: Client) -> tuple[str, ...]:
        over = self.language.listed(client["ended"])
        ended = (self.language.text("resolved", concern=over),) if client["ended"] else ()
        return (" ".join((*client["news"][:1], *ended, *client["rose"][:1])),)

    def _section(
        self, title: str, items: tuple[DigestItem, ...], found: int, empty: str
    ) -> DigestSection:
        others = found - len(items)
        note = self.language.text("digest_more", n=others) if others else ""
        return DigestSection(title, items, note if found else empty)

    def _item(self, client: Client, lines: tuple[str, ...]) -> DigestItem:
        language, state = self.language, self.language.states[client["state"]]
        notes = [state]
        if client["state_before"] != client["state"]:
            was = language.states[client["state_before"]]
            notes.append(language.text("digest_was", state=was))
        if len({one["owner"] for one in self.clients}) > 1:
            notes.append(client["owner"])
        return DigestItem(
            name=_shortened(client["name"]),
            note=", ".join(notes),
            link=self._link(client["id"]),
            lines=tuple(line for line in lines if line),
        )

    def _link(self, client: str) -> str:
        if not self.site:
            return ""
        query = urlencode({"lang": self.language.name})
        return f"{self.site}/pages/{quote(client, safe='')}?{query}"


def _shortened(name: str) -> str:
    """Return a name with an ellipsis where it is cut.

    >>> _shortened("x" * 60) == "x" * 47 + "…", _shortened("finance")
    (True, 'finance')
    """
    if len(name) <= NAME_CHARACTERS_MAX:
        return name
    return f"{name[: NAME_CHARACTERS_MAX - 1].rstrip()}…"

"""Texts of a client's card: what is known, promised, planned and noted, row by row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple

from rapport.domain.calendar import day_number
from rapport.domain.clients.agreed_texts import AgreedText
from rapport.domain.desk.card import OPEN, ClientCard, Promise, Recorded
from rapport.domain.explanation.change_events import STAGES
from rapport.domain.policy.relationship import FacetValidity
from rapport.language.language import Language

ROWS_MAX: Final = 8
"""Rows of a section that are shown; the others are folded."""
FOLDED_MAX: Final = 50
SEPARATOR: Final = " · "


class Revised(NamedTuple):
    """What a row is about, where people may change it."""

    kind: str
    id: str
    is_open: bool = False
    made_on: str = ""
    """Of a promise: the day on which it was made."""


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One thing that was recorded."""

    text: str
    """As it was recorded, or what stands for it."""
    note: str
    """When, by whom, until when."""
    label: str = ""
    link: str | None = None
    is_late: bool = False
    """Whether it is overdue, or known for too long."""
    is_missing: bool = False
    """Whether nothing was recorded."""
    revised: Revised | None = None


@dataclass(frozen=True, slots=True)
class DeskSection:
    """The rows of one kind."""

    title: str
    rows: list[DeskRow] = field(default_factory=list)
    folded: list[DeskRow] = field(default_factory=list)
    """Earlier ones."""

    @property
    def is_recorded(self) -> bool:
        """Whether a row is more than what is missing."""
        return not all(row.is_missing for row in self.rows)


def desk_sections(
    card: ClientCard,
    today: int,
    valid_days: FacetValidity,
    language: Language,
    agreed: Sequence[AgreedText] = (),
) -> list[DeskSection]:
    """Return what a card and agreed texts say, in reading order; without what has no row."""
    describe = _Describe(language, today)
    sections = (
        describe.knowledge(card, valid_days),
        describe.section(language.text("desk_message"), describe.agreed(agreed, "message")),
        describe.section(language.text("desk_offer"), describe.agreed(agreed, "offer")),
        describe.section(language.text("desk_promises"), map(describe.promise, card.promises)),
        describe.section(language.text("desk_actions"), map(describe.action, card.actions)),
        describe.section(language.text("desk_plan"), map(describe.plan, card.plans), rows_max=1),
        describe.section(language.text("desk_notes"), map(describe.note, card.notes)),
        describe.section(
            language.text("desk_acknowledged"), map(describe.acknowledged, card.acknowledgements)
        ),
    )
    return [section for section in sections if section.rows]


def describe_sections(sections: Iterable[DeskSection]) -> list[str]:
    """Return lines for a terminal."""
    lines: list[str] = []
    for section in sections:
        lines.append(section.title)
        lines += (f"  {_line(row)}" for row in (*section.rows, *section.folded))
    return lines


def _line(row: DeskRow) -> str:
    text = " ".join(row.text.split())
    told = f"{row.label}: {text}" if row.label else text
    notes = SEPARATOR.join(filter(None, (row.note, row.link)))
    return f"{told} ({notes})" if notes else told


@dataclass(frozen=True, slots=True)
class _Describe:
    language: Language
    today: int

    def section(self, title: str, rows: Iterable[DeskRow], rows_max: int = ROWS_MAX) -> DeskSection:
        found = list(islice(rows, rows_max + FOLDED_MAX))
        return DeskSection(title, found[:rows_max], found[rows_max:])

    def knowledge(self, card: ClientCard, valid_days: FacetValidity) -> DeskSection:
        """Return a row for each facet that is described, and one for all that are not."""
        section = DeskSection(self.language.text("desk_knowledge"))
        missing: dict[str, list[str]] = {}
        for facet, known in card.knowledge.items():
            label = self.language.components[facet]
            described = [one for one in known if "statement" in one.data]
            if described:
                section.rows.append(self._known(label, described[0], getattr(valid_days, facet)))
                section.folded.extend(
                    self._known(label, one, None) for one in islice(described[1:], FOLDED_MAX)
                )
            else:
                missing.setdefault("known" if known else "unknown", []).append(label)
        if "known" in missing:
            facets = self.language.listed(missing["known"])
            text = self.language.text("desk_not_described", facets=facets)
            section.rows.append(DeskRow(text, "", is_missing=True))
        if "unknown" in missing:
            facets = self.language.listed(missing["unknown"])
            text = self.language.text("desk_not_known", facets=facets)
            section.rows.append(DeskRow(text, "", is_missing=True))
        return section

    def _known(self, label: str, one: Recorded, valid_days: int | None) -> DeskRow:
        day, language = one.entry.day, self.language
        told = language.kinds[f"facet_{one.data['held_from']}"]
        is_late = valid_days is not None and self.today - day > valid_days
        ask = language.text("desk_ask_again", n=valid_days) if is_late else ""
        return DeskRow(
            one.data["statement"],
            _joined(told, language.day(day), ask),
            label,
            one.data.get("link"),
            is_late,
            revised=Revised("profile", one.data["facet"], is_late),
        )

    def agreed(self, agreed: Iterable[AgreedText], kind: str) -> Iterator[DeskRow]:
        """Yield the rows of the agreed texts of a kind."""
        for text in agreed:
            if text.kind == kind:
                yield from self._agreed(text)

    def _agreed(self, text: AgreedText) -> Iterator[DeskRow]:
        language, day = self.language, self.language.day(text.since)
        since = (
            language.text("desk_holds_since", day=day)
            if text.since <= self.today
            else language.text("desk_holds_from", day=day)
        )
        whose = (
            language.text("desk_for_every_client")
            if text.client is None
            else language.text("desk_for_this_client")
        )
        labels = {"text": "", "does": language.text("desk_does")}
        labels["does_not"] = language.text("desk_does_not")
        *others, last = text.parts
        for part in others:
            yield DeskRow(text.parts[part], "", labels[part])
        yield DeskRow(text.parts[last], _joined(since, whose), labels[last], text.link)

    def promise(self, promise: Promise) -> DeskRow:
        made, settled, language = promise.made, promise.settled, self.language
        promised = language.text("desk_promised", day=self._day(made.data["made_on"]))
        if settled is not None:
            day = language.day(settled.entry.day)
            state = (
                language.text("desk_kept", day=day)
                if promise.state == "kept"
                else language.text("desk_broken", day=day)
            )
            return self._row(made, promised, state, text="what")
        due, is_late = made.data["due_on"], self._is_past(made.data["due_on"])
        return self._row(made, promised, self._due(due), text="what", is_late=is_late, is_open=True)

    def action(self, one: Recorded) -> DeskRow:
        data, language = one.data, self.language
        status, due = data["status"], data.get("due_on")
        if status == OPEN:
            is_late = due is not None and self._is_past(due)
            state = language.text("desk_open") if due is None else self._due(due)
            return self._row(one, data["who"], state, text="what", is_late=is_late, is_open=True)
        if status == "done":
            state = language.text("desk_done", day=self._day(data["done_on"]))
        else:
            state = language.text("desk_dropped")
        return self._row(one, data["who"], state, text="what")

    def plan(self, one: Recorded) -> DeskRow:
        review, language = one.data.get("review_on"), self.language
        day, wanted = language.day(one.entry.day), self._wanted(one.data)
        if review is None:
            return self._row(one, day, wanted)
        text = language.text("desk_review", day=self._day(review))
        return self._row(one, day, wanted, text, is_late=self._is_past(review))

    def _wanted(self, data: dict[str, Any]) -> str:
        """Return the stage and the scores that a plan is to reach; empty without any."""
        language, stage = self.language, data.get("stage")
        wanted = [] if stage is None else [language.stages[STAGES.index(stage)]]
        for score, points in (data.get("targets") or {}).items():
            if points is not None:
                wanted.append(f"{language.scores[score]} {points}")
        return language.text("desk_wanted", what=language.listed(wanted)) if wanted else ""

    def note(self, one: Recorded) -> DeskRow:
        return self._row(one, self._day(one.data["happened_on"]))

    def acknowledged(self, one: Recorded) -> DeskRow:
        until = self.language.text("desk_until", day=self._day(one.data["until"]))
        concern = one.data["concern"]
        label = self.language.concerns.get(concern) or concern
        return self._row(one, until, text="reason", label=label)

    def _row(
        self,
        one: Recorded,
        *notes: str,
        text: str = "text",
        label: str = "",
        is_late: bool = False,
        is_open: bool = False,
    ) -> DeskRow:
        own_id = one.own_id
        return DeskRow(
            one.data[text],
            _joined(*notes),
            label,
            one.data.get("link"),
            is_late,
            revised=None
            if own_id is None
            else Revised(one.entry.kind, own_id, is_open, one.data.get("made_on", "")),
        )

    def _due(self, due: str) -> str:
        day = self._day(due)
        if self._is_past(due):
            return self.language.text("desk_overdue", day=day)
        return self.language.text("desk_due", day=day)

    def _is_past(self, day: str) -> bool:
        return _number(day) < self.today

    def _day(self, day: Any) -> str:
        return self.language.day(_number(day))


def _number(day: str) -> int:
    return day_number(date.fromisoformat(day))


def _joined(*notes: str) -> str:
    return SEPARATOR.join(filter(None, notes))

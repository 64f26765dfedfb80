"""HTML rendering of the pages; every value from outside is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from rapport.language.codes import language_codes
from rapport.language.desk import DeskSection
from rapport.language.language import Language, find_language
from rapport.language.today import TodayTexts, overdue_label
from rapport.web.desk_view import Note
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient, SnapshotPair
from rapport.web.pages.charts.timeline import note_lines
from rapport.web.pages.client import client_page
from rapport.web.pages.fleet import ORDERS, FleetQuery, fleet_page
from rapport.web.pages.links import Links
from rapport.web.pages.reasons import reasons_page
from rapport.web.pages.scores import scores_page

PACKAGE: Final = "rapport.web.pages"
ASSETS: Final = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
"""The static files of the pages and their media types."""
TEMPLATES: Final = (
    "fleet.html",
    "today.html",
    "client.html",
    "scores.html",
    "reasons.html",
    "notice.html",
    "form.html",
    "forms.html",
)
SINCE_DAYS: Final = (1, 7, 14, 28, 91, 364)
"""The offered days of comparison."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders pages in one language, for one kind of addresses."""

    language: Language
    links: Links
    grafana_url: str = ""
    """Grafana's address, for links to the dashboards; empty for none."""

    def fleet(self, snapshot: FleetSnapshot, query: FleetQuery) -> str:
        """Return the page of the fleet."""
        page = fleet_page(snapshot, query, self.language)
        return self._render("fleet.html", page=page, orders=ORDERS, zone=snapshot.calendar.zone)

    def today(self, today: TodayTexts, snapshot: FleetSnapshot) -> str:
        """Return the page of what needs attention today; it offers every owner of the snapshot."""
        return self._render(
            "today.html",
            today=today,
            zone=snapshot.calendar.zone,
            owners=snapshot.owners,
            label=lambda kind: overdue_label(kind, self.language),
        )

    def no_owner(self, owner: str) -> str:
        """Return the page of an owner without a client."""
        return self.notice(self.language.text("no_owner", owner=owner))

    def client(
        self,
        scored: ScoredClient,
        snapshot: FleetSnapshot,
        recorded: Sequence[DeskSection] | None = (),
        forms: Any = None,
        notes: Iterable[Note] = (),
    ) -> str:
        """Return a client's page; None for what was recorded means that the worker is busy.

        `forms` are the links to what one can record and change, `ClientForms`; `notes` stand on the
        timeline.
        """
        page = client_page(scored, snapshot, self.language)
        return self._render(
            "client.html",
            page=page,
            recorded=recorded,
            notes=note_lines(notes, scored.health.day, self.language),
            zone=snapshot.calendar.zone,
            forms=forms if self.links.interactive else None,
        )

    def scores(self, scored: ScoredClient, snapshot: FleetSnapshot) -> str:
        """Return the page of a client's scores."""
        return self._render("scores.html", page=scores_page(scored, snapshot, self.language))

    def reasons(self, scored: ScoredClient, pair: SnapshotPair | None, since_days: int) -> str:
        """Return the page of a client's reasons; None means that the worker is busy."""
        page = None if pair is None else reasons_page(pair, self.language)
        choices = sorted({*SINCE_DAYS, since_days})
        return self._render(
            "reasons.html",
            client=scored.client,
            page=page,
            since_days=since_days,
            choices=choices,
        )

    def form(self, template: str, page: Any) -> str:
        """Return a page with forms, or of what was recorded."""
        return self._render(template, page=page)

    def notice(self, text: str) -> str:
        """Return a page with one sentence."""
        return self._render("notice.html", text=text, again=False)

    def starting(self) -> str:
        """Return the page of a worker that is still recovering."""
        return self._render("notice.html", text=self.language.text("starting"), again=True)

    def no_client(self, client: str) -> str:
        """Return the page of an unknown client."""
        return self.notice(self.language.text("no_client", client=client))

    def no_page(self) -> str:
        """Return the page of an address that leads nowhere."""
        return self.notice(self.language.text("no_page"))

    def _render(self, template: str, **values: Any) -> str:
        return (
            _environment()
            .get_template(template)
            .render(
                t=self.language.text,
                scores=self.language.scores,
                states=self.language.states,
                links=self.links,
                grafana_url=self.grafana_url,
                lang=self.language.name,
                languages=own_names(),
                **values,
            )
        )


def asset(name: str) -> bytes:
    """Return the content of a static file."""
    return files(PACKAGE).joinpath("templates", name).read_bytes()


@cache
def own_names() -> tuple[tuple[str, str], ...]:
    """Return the code and the own name of every language."""
    return tuple((code, find_language(code).text("language_name")) for code in language_codes())


def prepare() -> None:
    """Compile every template, so that the first request does not wait for it."""
    for template in TEMPLATES:
        _environment().get_template(template)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

"""Makes HTML of the pages: everything that came from outside is escaped."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from rapport.domain.explanation.language import Language
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient, SnapshotPair
from rapport.web.pages.client import client_page
from rapport.web.pages.fleet import ORDERS, FleetQuery, fleet_page
from rapport.web.pages.links import Links
from rapport.web.pages.reasons import reasons_page

PACKAGE: Final = "rapport.web.pages"
ASSETS: Final = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
"""Files that pages ask for, and what they are."""
SINCE_DAYS: Final = (1, 7, 14, 28, 91, 364)
"""What a client may be compared with, in days."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders pages in one language, for one kind of addresses."""

    language: Language
    links: Links

    def fleet(self, snapshot: FleetSnapshot, question: FleetQuery) -> str:
        """Return the page of the fleet."""
        page = fleet_page(snapshot, question, self.language)
        return self._render("fleet.html", page=page, orders=ORDERS)

    def client(self, known: ScoredClient, snapshot: FleetSnapshot) -> str:
        """Return the first part of a client's page: all that is known without asking."""
        page = client_page(known, snapshot, self.language)
        return self._render("client.html", page=page)

    def reasons(self, pair: SnapshotPair | None, since_days: int) -> str:
        """Return the second part of a client's page; None says that the worker is busy."""
        page = None if pair is None else reasons_page(pair, self.language)
        choices = sorted({*SINCE_DAYS, since_days})
        return self._render("reasons.html", page=page, since_days=since_days, choices=choices)

    def starting(self) -> str:
        """Return the page of a worker that knows nothing yet."""
        return self._render("notice.html", text=self.language.text("starting"), again=True)

    def no_client(self, client: str) -> str:
        """Return the page of a client that is not known."""
        return self._render(
            "notice.html", text=self.language.text("no_client", client=client), again=False
        )

    def _render(self, template: str, **values: Any) -> str:
        return (
            _environment()
            .get_template(template)
            .render(
                t=self.language.text,
                scores=self.language.scores,
                links=self.links,
                lang=self.language.name,
                **values,
            )
        )


def asset(name: str) -> bytes:
    """Return a file that pages ask for."""
    return files(PACKAGE).joinpath("templates", name).read_bytes()


def prepare() -> None:
    """Read and compile every template, so that the first reader does not wait for it."""
    for template in ("fleet.html", "client.html", "reasons.html", "notice.html"):
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

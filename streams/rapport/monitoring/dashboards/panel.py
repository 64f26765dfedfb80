"""Dashboards and panels as data; the room `grafana` converts them to Grafana's model."""

from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from rapport.monitoring.dashboards import palette
from rapport.monitoring.rules.options import PAGES_URL

CLIENT_PATH: Final = (
    "/d/rapport-client/client?${__url_time_range}&${datasource:queryparam}&${job:queryparam}"
    "&var-client="
)
"""The client's dashboard, for the same time, Prometheus and installation."""
PAGE_PATH: Final = f"{PAGES_URL}/pages/"
"""The client's own page, which says why and what to do."""
Links = tuple[tuple[str, str], ...]
"""Titles and addresses; a click leads to the only one, or offers several."""


def of_client(client: str) -> Links:
    """Return the links to the dashboard and to the page of a client."""
    return (
        ("The client's graphs", CLIENT_PATH + client),
        ("The client's page", PAGE_PATH + client),
    )


OF_ROW: Final = of_client("${__data.fields.client}")
OF_SERIES: Final = of_client("${__field.labels.client}")
Texts = tuple[tuple[float | str, str, str], ...]
"""Value, its text, and its colour or nothing."""


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression of a panel."""

    expr: str
    legend: str = ""
    instant: bool = False
    """Only the value now; in a table and a bar chart as rows, one per label set."""
    color: str = palette.BLUE
    many: bool = False
    """Several series, in shades of the colour; the legend is a table."""
    step: str = ""
    """The least time between two points, for series that change by the day."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a table: the field of the queries, its title and its format."""

    source: str
    title: str = ""
    unit: str = "string"
    steps: palette.Steps = ()
    sparkline: bool = False
    links: Links = ()
    texts: Texts = ()
    width: int = 0

    @property
    def is_hidden(self) -> bool:
        """Whether it is only there for the links and the order of the rows: it has no title."""
        return not self.title


Transformation = tuple[str, dict[str, Any], str]
"""Grafana's name, its options, and the one query that it is limited to, if any."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `kind` is Grafana's name of its type; `steps` are colours from a value on."""

    title: str
    description: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 12
    height: int = 8
    minimum: float | None = None
    maximum: float | None = None
    steps: palette.Steps = ()
    texts: Texts = ()
    transformations: tuple[Transformation, ...] = ()
    columns: tuple[TableColumn, ...] = ()
    links: Links = ()
    """Where a click on a series leads."""
    below: tuple[tuple[str, str], ...] = ()
    """Pairs of legends: the area from the first down to the second is filled."""
    bars: bool = False
    """Stacked bars instead of lines."""
    colors: tuple[tuple[str, str], ...] = ()
    """Field and colour, for fields that are not a query's own."""
    names: tuple[tuple[str, str], ...] = ()
    """Field and its title, for fields that an id names."""
    unseen: tuple[str, ...] = ()
    """Fields that only move others: without a label, a place in the legend or in the tooltip."""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Panels under a heading, laid out from left to right."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation: a mark on every time axis, at the timestamps of a query's samples."""

    name: str
    expr: str
    text: str
    color: str = palette.PURPLE
    step: str = "1h"
    """The time between two evaluations: so far back its query must look, to find a change once."""


@dataclass(frozen=True, slots=True)
class ClientChoice:
    """A hidden variable: the clients that a query finds at the end of the time range.

    Grafana asks it before the panels, whose queries then read only the series of these clients.
    """

    name: str
    expr: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard."""

    slug: str
    title: str
    description: str
    rows: tuple[PanelRow, ...]
    notes: tuple[Note, ...] = ()
    choices: tuple[ClientChoice, ...] = ()
    is_per_client: bool = False
    has_intake: bool = False
    """Whether it shows the HTTP intake, which is a job of its own."""
    since: str = "now-90d"
    refresh: str = "1m"

    @property
    def uid(self) -> str:
        """Grafana's id of it, which links use."""
        return f"rapport-{self.slug}"

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, in order."""
        return tuple(panel for row in self.rows for panel in row.panels)


class PanelOptions(TypedDict, total=False):
    """Fields of a panel that the builders below pass on."""

    unit: str
    width: int
    height: int
    maximum: float
    steps: palette.Steps
    texts: Texts
    links: Links
    names: tuple[tuple[str, str], ...]


def stat(
    title: str, description: str, expr: str, legend: str = "", **options: Unpack[PanelOptions]
) -> Panel:
    """Return one number as it is now; a series that ended is not shown."""
    return stats(title, description, Query(expr, legend or title, instant=True), **options)


def stats(title: str, description: str, *queries: Query, **options: Unpack[PanelOptions]) -> Panel:
    """Return the numbers of several queries as they are now, each in its own colour."""
    options.setdefault("width", 4)
    options.setdefault("height", 4)
    return Panel(title, description, queries, "stat", **options)


def bars(
    title: str,
    description: str,
    expr: str,
    legend: str,
    *,
    color: str = palette.BLUE,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return horizontal bars from 0: the value now of each series, the greatest first."""
    query = Query(f"sort_desc({expr})", legend, instant=True, color=color)
    return Panel(title, description, (query,), "bargauge", minimum=0, **options)


def table(
    title: str,
    description: str,
    key: str,
    columns: tuple[TableColumn, ...],
    *exprs: str,
    sort_by: str = "",
    descending: bool = True,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a table with a row per value of `key`, its columns from several queries."""
    return Panel(
        title,
        description,
        tuple(Query(expr, instant=True) for expr in exprs),
        "table",
        transformations=joined(key, columns, sort_by, descending=descending),
        columns=columns,
        **options,
    )


def joined(
    key: str, columns: tuple[TableColumn, ...], sort_by: str = "", *, descending: bool = True
) -> tuple[Transformation, ...]:
    """Return the transformations that join queries to one table, with a row per value of `key`.

    A joined table has the columns in the order of the queries and labels, until they are ordered.
    """
    included = {"include": {"names": [column.source for column in columns]}}
    order = {"sort": [{"field": sort_by, "desc": descending}]}
    return (
        ("joinByField", {"byField": key, "mode": "outer"}, ""),
        ("filterFieldsByName", included, ""),
        ("organize", {"indexByName": {c.source: place for place, c in enumerate(columns)}}, ""),
        *((("sortBy", order, ""),) if sort_by else ()),
    )

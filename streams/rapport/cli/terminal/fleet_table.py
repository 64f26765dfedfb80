"""The fleet as a table in a terminal: the state of each client, why, and what to do next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rapport.cli.terminal.escape import printable
from rapport.domain.calendar import UNIX_EPOCH
from rapport.domain.concerns.kinds import STATES
from rapport.domain.procurement.windows import UNKNOWN
from rapport.language.concerns import describe_first_day, describe_until
from rapport.language.language import Language
from rapport_schemas.currencies import DECIMALS

Client = dict[str, Any]
"""A client as `/clients` has it."""
WIDE_COLUMNS: Final = 160
"""From here on, why a client has its state is a column of the table."""
NAME_COLUMNS_MIN: Final = 18
NAME_COLUMNS_MAX: Final = 24
"""A longer name ends in an ellipsis: each client has one row. `--json` has it whole."""
STATE_STYLES: Final = {"act": "bold red", "watch": "yellow", "unknown": "", "normal": ""}
SEPARATOR_COLUMNS: Final = 2
"""Columns of the terminal between two columns of the table."""
NO_VALUE: Final = "-"


@dataclass(frozen=True, slots=True)
class _Column:
    header: str
    cell: Callable[[Client, Language], str]
    is_name: bool = False
    is_long: bool = False
    """Whether its cells are sentences."""
    is_number: bool = False
    is_optional: bool = False
    """Whether it is left out where the terminal is too narrow; the last one goes first."""


class FleetTable:
    """The table of `/clients`, the most urgent first, in the order of the worker.

    On a narrow terminal, why a client has its state is below the table. So are the next steps, if
    `steps`.
    """

    def __init__(self, fleet: list[Client], language: Language, *, steps: bool = False) -> None:
        self._fleet, self._language, self._steps = fleet, language, steps

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= WIDE_COLUMNS
        yield self._table(options.max_width, wide=wide)
        for client in self._fleet:
            said = said_of(client)
            if said is not None and not (wide and not self._steps):
                yield from self._reason(client, said, wide=wide)

    def _table(self, columns_max: int, *, wide: bool) -> Table:
        """Return the table without the optional columns for which there is no room."""
        columns = _columns(self._language, with_reason=wide)
        widths = {column.header: self._width(column) for column in columns}
        while sum(widths.values()) + SEPARATOR_COLUMNS * len(widths) > columns_max:
            last = next((one for one in reversed(columns) if one.is_optional), None)
            if last is None:
                break
            columns.remove(last)
            del widths[last.header]
        spare = columns_max - sum(widths.values()) - SEPARATOR_COLUMNS * len(widths)
        longest = max((cell_len(client["name"]) for client in self._fleet), default=0)
        name = columns[0].header
        widths[name] = min(
            widths[name] + max(0, spare), NAME_COLUMNS_MAX, max(longest, widths[name])
        )
        return self._filled(columns, widths)

    def _width(self, column: _Column) -> int:
        """Return the least width of a column, at which no word of it is cut, but of names."""
        cells = [printable(column.cell(client, self._language)) for client in self._fleet]
        if column.is_long:
            cells = [word for cell in cells for word in cell.split()]
        longest = max(map(cell_len, (*cells, *column.header.split())))
        return min(longest, NAME_COLUMNS_MIN) if column.is_name else longest

    def _filled(self, columns: Iterable[_Column], widths: Mapping[str, int]) -> Table:
        table = Table(
            title=self._language.text("fleet"),
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
            collapse_padding=True,
        )
        for column in columns:
            table.add_column(
                column.header,
                justify="right" if column.is_number else "left",
                width=None if column.is_long else widths[column.header],
                no_wrap=column.is_name,
            )
        for client in self._fleet:
            cells = (Text(printable(column.cell(client, self._language))) for column in columns)
            table.add_row(*cells, style=STATE_STYLES[client["state"]])
        return table

    def _reason(self, client: Client, said: dict[str, Any], *, wide: bool) -> RenderResult:
        name = Text(printable(client["name"]), style=STATE_STYLES[client["state"]] or "bold")
        name.truncate(NAME_COLUMNS_MAX, overflow="ellipsis")
        step = printable(said["next"][self._language.name])
        if wide:
            yield Text.assemble(name, ": ", step)
            return
        yield Text.assemble(name, ": ", printable(_why(client, self._language)))
        if self._steps:
            yield Padding(Text(f"{self._language.text('what_next')}: {step}"), (0, 0, 0, 2))


def said_of(client: Client) -> dict[str, Any] | None:
    """Return what a list says of a client: its largest concern, else good news; None: neither.

    A concern of most clients is no client's own, and a chore is no reason for a state.
    """
    own = (one for one in client["concerns"] if not one["fleet"] and one["class"] != "chore")
    return next(iter((*own, *client["news"])), None)


def counts_of(fleet: list[Client], language: Language, registered: int | None = None) -> str:
    """Return how many of the registered clients there are, and how many in each state."""
    total = len(fleet) if registered is None else registered
    states = [client["state"] for client in fleet]
    counted = (f"{states.count(state)} {language.states[state]}" for state in STATES)
    shown = language.text("clients_shown", count=len(fleet), total=total)
    return f"{shown}: {', '.join(counted)}"


def _columns(language: Language, *, with_reason: bool) -> list[_Column]:
    evidence, engagement = language.text("evidence_trust"), language.scores["engagement"]
    if not with_reason:
        # On a narrow terminal a long word is written on two lines.
        evidence, engagement = language.text("evidence_column"), language.text("engagement_column")
    columns = [
        _Column(language.text("client"), lambda client, _: str(client["name"]), is_name=True),
        _Column(language.text("state"), lambda client, language: language.states[client["state"]]),
        _Column(language.scores["trust"], _trust, is_number=True),
        _Column(engagement, _engagement, is_number=True),
        _Column(evidence, _evidence, is_optional=True),
        _Column(language.text("purchases_expected"), _purchases, is_number=True),
        _Column(language.text("spent_outside"), _spend, is_number=True, is_optional=True),
    ]
    return (
        [*columns, _Column(language.text("reasons"), _why, is_long=True)]
        if with_reason
        else columns
    )


def _trust(client: Client, language: Language) -> str:
    return _points(client["trust"]["value"], language)


def _engagement(client: Client, language: Language) -> str:
    return _points(client["engagement"]["value"], language)


def _points(value: float | None, language: Language) -> str:
    return NO_VALUE if value is None else language.points(value)


def _evidence(client: Client, language: Language) -> str:
    return language.text(f"evidence_{client['trust']['evidence']['level']}")


def _purchases(client: Client, language: Language) -> str:
    """Return what was bought, and what was to be expected of it where that is known."""
    purchases = client["purchases"]
    if purchases["state"] == UNKNOWN:
        return NO_VALUE
    return f"{purchases['observed']} ({language.number(purchases['expected'])})"


def _spend(client: Client, language: Language) -> str:
    spend = client["purchases"]["spend"].items()
    return ", ".join(
        language.amount(int(Decimal(amount).scaleb(DECIMALS[currency])), currency)
        for currency, amount in spend
    ) or language.number(0, 0)


def _why(client: Client, language: Language) -> str:
    said = said_of(client)
    if said is None:
        return ""
    first_day = (date.fromisoformat(said["since"]) - UNIX_EPOCH).days
    notes = [language.text("since_day", day=describe_first_day(first_day, client["day"], language))]
    if said.get("acknowledged_until"):
        last_day = (date.fromisoformat(said["acknowledged_until"]) - UNIX_EPOCH).days
        notes.append(describe_until(last_day, language, is_silenced=said["silenced"]))
    return f"{said['text'][language.name]} ({', '.join(notes)})"

"""The schema of a mapping file: an export's columns for each field; see `docs/importing.md`."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import validate
from rapport.importers.errors import ImportFailed
from rapport.importers.mapping.dates.options import NO_TIMESTAMP, Columns, DateOptions, Timestamp
from rapport.runtime.toml_file import read_text
from rapport_schemas.currencies import DECIMALS
from rapport_schemas.fields import Priority, Question

Scalar = str | int | bool
Mark = Literal[".", ","]
"""A decimal mark."""
Unit = Literal["major", "minor", "thousands", "millions"]
"""What an amount counts: euros, cents, thousands or millions of euros."""
LineBreaks = Literal["cells", "rows"]
Kind = Literal[
    "tickets",
    "purchases",
    "surveys",
    "touchpoints",
    "signals",
    "profiles",
    "promises",
    "proposals",
    "clients",
]
TABLE_OF_KIND: Final[dict[Kind, str]] = {
    "tickets": "ticket",
    "purchases": "purchase",
    "surveys": "survey",
    "touchpoints": "touchpoint",
    "signals": "signal",
    "profiles": "profile",
    "promises": "promise",
    "proposals": "proposal",
    "clients": "registration",
}
"""Kind of a mapping -> the table with its fields."""


def _as_cell(value: Any) -> Any:
    return {"column": value} if isinstance(value, str | list) else value


class Options(BaseModel):
    """The base of every table of a mapping: closed, so that a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CellOptions(Options):
    """The source of a field, a column or a constant, and the meanings of its values."""

    column: Columns = []
    constant: Scalar | None = None
    values: dict[str, Scalar] = {}
    default: Scalar | None = None

    @model_validator(mode="after")
    def _column_or_constant(self) -> Self:
        if bool(self.column) == (self.constant is not None):
            raise ValueError("give either `column` or `constant`")
        return self


Cell = Annotated[CellOptions, BeforeValidator(_as_cell)]


class FileOptions(Options):
    """The format of the file; omitted options are detected."""

    format: Literal["csv", "xlsx", "ods", "json", "jsonl", "ics"] | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str | None = None
    line_breaks: LineBreaks | None = None
    """Whether a quoted cell may have line breaks, or each line is a row; unsaid: by the lines."""
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=100)] | None = None
    rows_below_header: Annotated[int, Field(ge=0, le=100)] = 0
    """At most this many rows below the header are passed over, where they hold no data."""
    missing: list[str] = []


class ListOptions(CellOptions):
    """Several values in a row: from all columns, and from each cell that is split."""

    separators: Annotated[str, Field(max_length=8)] = ",;|\n"
    others: Literal["reject", "ignore"] = "reject"
    """What a value that is not among `values` does: reject its row, or nothing."""


ListCell = Annotated[ListOptions, BeforeValidator(_as_cell)]


class ClientOptions(ListOptions):
    """The client of a row; with `join`, the values of all columns make the name.

    With `each`, every value names a client, and each client has an event of its own.
    """

    join: bool = False
    each: bool = False


class IdOptions(Options):
    """The identity of a row: columns with an id, or the row's content."""

    columns: list[Columns] = []
    content: list[Columns] = []
    exact: bool = False
    """Long ids that all end in zeros are whole: no spreadsheet shortened them."""
    grouped_digits: bool = False
    """Whether `1 234` is the id 1234, as GLPI writes it."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.columns) == bool(self.content):
            raise ValueError("give either `columns` or `content`")
        return self


class SlaOptions(Options):
    """Whether a ticket was resolved in time: by a column, a due date, or hours per priority."""

    column: Columns = []
    values: dict[str, Scalar] = {}
    default: bool | None = None
    due: Timestamp = NO_TIMESTAMP
    hours: dict[Priority, Annotated[float, Field(gt=0)]] = {}

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(map(bool, (self.column, self.due.date, self.hours))) != 1:
            raise ValueError("give one of `column`, `due` and `hours`")
        return self


class RatingOptions(CellOptions):
    """The client's rating of a ticket's handling, on a scale."""

    lowest: int = 1
    highest: int = 5
    rated_at: Timestamp = NO_TIMESTAMP


class TicketFields(Options):
    """The fields of tickets; `rows` is one row per ticket, or a log with many."""

    rows: Literal["one-per-ticket", "audit-log"] = "one-per-ticket"
    opened_at: Timestamp
    resolved_at: Timestamp = NO_TIMESTAMP
    updated_at: Timestamp = NO_TIMESTAMP
    reopened_at: Timestamp = NO_TIMESTAMP
    kind: Cell = CellOptions(constant="incident")
    priority: Cell
    sla: SlaOptions | None = None
    reassignments: Cell | None = None
    reopened: Cell | None = None
    closed_by: Cell | None = None
    rating: RatingOptions | None = None
    comment: Columns = []


class AmountOptions(Options):
    """The format of amounts: without `decimal` the file tells it, without `currency` each cell."""

    column: Columns
    currency: Cell | None = None
    decimal: Mark | None = None
    unit: Unit = "major"
    negative: Literal["reject", "skip"] = "reject"
    round: bool = False


class PurchaseFields(Options):
    """The fields of purchases."""

    purchased_on: Columns
    supplier: Cell
    category: Cell | None = None
    amount: AmountOptions
    sanctioned: Cell | None = None
    joint: Cell | None = None


class AnswerOptions(CellOptions):
    """One question: its column and its scale; `reversed` if the lowest is the best."""

    question: Question
    lowest: int = 1
    highest: int = 5
    reversed: bool = False
    no_answer: list[str] = []


class SurveyFields(Options):
    """The fields of survey answers."""

    answered_at: Timestamp
    survey_id: Cell
    viewpoint: Cell = CellOptions(constant="client")
    invited_on: Columns = []
    comment: Columns = []
    answers: Annotated[list[AnswerOptions], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _each_question_once(self) -> Self:
        if len({answer.question for answer in self.answers}) != len(self.answers):
            raise ValueError("a question has two entries under `answers`")
        return self


class TouchpointFields(Options):
    """The fields of meetings of IT and a client."""

    held_at: Timestamp
    kind: Cell
    roles: ListCell
    teams: ListCell | None = None
    topics: ListCell | None = None
    message_carried: Cell | None = None
    note: Columns = []


class SignalFields(Options):
    """The fields of signals that a relationship manager heard."""

    heard_at: Timestamp
    signal: Cell
    note: Columns = []


class ProfileFields(Options):
    """The fields of updates of what IT knows of a client."""

    updated_at: Timestamp
    facet: Cell
    held_from: Cell
    statement: Columns = []
    link: Columns = []


class PromiseFields(Options):
    """The fields of promises, as they were settled."""

    settled_at: Timestamp
    kept: Cell


class ProposalFields(Options):
    """The fields of decided proposals."""

    decided_at: Timestamp
    initiated_by: Cell
    accepted: Cell


class RegistrationFields(Options):
    """The fields of the client registry."""

    name: Cell
    owner: Cell
    aliases: ListCell | None = None


class Mapping(Options):
    """A whole mapping file."""

    kind: Kind
    title: str
    source: Annotated[str, Field(min_length=1, max_length=256)]
    file: FileOptions = FileOptions()
    client: Annotated[ClientOptions, BeforeValidator(_as_cell)]
    id: IdOptions
    dates: DateOptions = DateOptions()
    skip: dict[str, list[str]] = {}
    ticket: TicketFields | None = None
    purchase: PurchaseFields | None = None
    survey: SurveyFields | None = None
    touchpoint: TouchpointFields | None = None
    signal: SignalFields | None = None
    profile: ProfileFields | None = None
    promise: PromiseFields | None = None
    proposal: ProposalFields | None = None
    registration: RegistrationFields | None = None

    @property
    def table_name(self) -> str:
        """The name of the table with the fields of its kind."""
        return TABLE_OF_KIND[self.kind]

    @property
    def table(self) -> Options:
        """The table with the fields of its kind."""
        table: Options = getattr(self, self.table_name)
        return table

    @property
    def is_log(self) -> bool:
        """Whether a ticket has many rows."""
        return self.ticket is not None and self.ticket.rows == "audit-log"

    @model_validator(mode="after")
    def _fields_of_its_kind(self) -> Self:
        own = self.table_name
        for name in TABLE_OF_KIND.values():
            if (getattr(self, name) is not None) != (name == own):
                raise ValueError(f"a mapping of {self.kind} has the table [{own}] and no other")
        if self.client.each and self.kind in ("tickets", "purchases", "surveys", "clients"):
            raise ValueError(f"`client.each` has no meaning for {self.kind}: a row has one client")
        if self.is_log and not self.id.columns:
            raise ValueError('`rows = "audit-log"` needs `id.columns`: rows are joined by their id')
        return self


def parse_mapping(text: str, origin: str) -> Mapping:
    """Return the mapping of a TOML text; raises `ImportFailed` with line, key and reason."""
    return validate(Mapping, parse_toml(text, origin, ImportFailed), ImportFailed)


def read_mapping(path: Path) -> Mapping:
    """Return the mapping of a file."""
    return parse_mapping(read_text(path, "the mapping", ImportFailed), f"the mapping {path}")


def with_amounts(
    mapping: Mapping, *, decimal: Mark | None = None, currency: str | None = None
) -> Mapping:
    """Return a mapping of purchases with another decimal mark or currency.

    Raises `ImportFailed` for another kind of mapping, and for an unknown currency.
    """
    if mapping.purchase is None:
        raise ImportFailed(
            f"--decimal and --currency are for purchases; this mapping reads {mapping.kind}"
        )
    if currency is not None and currency not in DECIMALS:
        raise ImportFailed(f"--currency {currency} is not a code of ISO 4217, such as EUR")
    said = {"decimal": decimal, "currency": currency and CellOptions(constant=currency)}
    amount = mapping.purchase.amount.model_copy(update={k: v for k, v in said.items() if v})
    purchase = mapping.purchase.model_copy(update={"amount": amount})
    return mapping.model_copy(update={"purchase": purchase})

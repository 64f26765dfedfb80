"""The policy: every weight, half-life, cap and threshold, read from one TOML document."""

import hashlib
import tomllib
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from rapport.schemas.currencies import Currency
from rapport.schemas.errors import RapportError
from rapport.streams.core.policy_fields import Place, policy_fields, section_at
from rapport.streams.core.rates import DatedRate, RateTable

POLICY_BYTES_MAX = 1_048_576
REASONS_MAX = 20
SHOWN_CHARACTERS_MAX = 60
DECIMAL_PLACES_MAX = 9

Days = Annotated[int, Field(ge=1, le=3650)]
# Decimals are calculated with exactly, so their places are bounded: 1e-999999 is a number too.
Weight = Annotated[Decimal, Field(ge=0, le=100, decimal_places=DECIMAL_PLACES_MAX)]
Cap = Annotated[Decimal, Field(ge=1, le=1000, decimal_places=DECIMAL_PLACES_MAX)]
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=DECIMAL_PLACES_MAX)]
Category = Annotated[str, Field(min_length=1, max_length=64)]


class PolicyError(RapportError):
    """A policy that is not allowed: where, why, and what is."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LedgerPolicy(_Section):
    """How long the ledger remembers."""

    horizon_days: Annotated[int, Field(ge=400, le=4000)]


class TrustWeights(_Section):
    """Evidence units per event."""

    survey: Weight
    rating: Weight
    closed_p1: Weight
    closed_p2: Weight
    closed_p3: Weight
    closed_p4: Weight
    closed_automatically: Share
    reopened: Weight
    reassigned: Weight
    promise: Weight
    signal: Weight
    signal_external_supplier: Weight
    independent: Weight


class TrustCaps(_Section):
    """Evidence units that a source may bring at most."""

    survey: Cap
    rating: Cap
    closed: Cap
    reopened: Cap
    reassigned: Cap
    promise: Cap
    signal: Cap
    independent: Cap


class TrustPolicy(_Section):
    """How evidence becomes trust."""

    half_life_days: Days
    prior_weight: Annotated[int, Field(ge=1, le=100)]
    base_rate: Share
    sufficient_uncertainty: Share
    weights: TrustWeights
    caps: TrustCaps


class EngagementWeights(_Section):
    """Shares of the engagement score."""

    recency: Share
    frequency: Share
    breadth: Share
    response: Share
    strategic: Share

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = sum(Decimal(getattr(self, name)) for name in type(self).model_fields)
        if total != 1:
            raise ValueError(f"the weights sum to {total}; they must sum to 1")
        return self


class TouchWeights(_Section):
    """How much a contact counts."""

    incident: Weight
    request: Weight
    project_meeting: Weight
    workshop: Weight
    roadmap_talk: Weight


class EngagementPolicy(_Section):
    """How contact becomes engagement."""

    recency_half_life_days: Days
    frequency_half_life_days: Days
    frequency_half: Annotated[int, Field(ge=1, le=1000)]
    breadth_half_life_days: Days
    response_half_life_days: Days
    response_prior: Share
    response_prior_weight: Annotated[int, Field(ge=1, le=100)]
    strategic_half_life_days: Days
    weights: EngagementWeights
    touches: TouchWeights


class NewSupplierPolicy(_Section):
    """A supplier of size from whom a client never bought before."""

    window_days: Annotated[int, Field(ge=7, le=92)]
    history_days: Annotated[int, Field(ge=28, le=1096)]
    factor: Annotated[int, Field(ge=1, le=1000)]
    minimum: Annotated[int, Field(ge=0, le=1_000_000_000)]


class SpreadPolicy(_Section):
    """A supplier that more clients buy from than before."""

    window_days: Annotated[int, Field(ge=28, le=182)]
    clients_minimum: Annotated[int, Field(ge=2, le=1000)]
    ratio: Annotated[float, Field(ge=1, le=100)]
    probability: Annotated[float, Field(gt=0, lt=1)]


class PeersPolicy(_Section):
    """A client whose share of outside purchases is far from its peers'."""

    window_days: Annotated[int, Field(ge=28, le=1096)]
    clients_minimum: Annotated[int, Field(ge=3, le=1000)]
    ratio: Annotated[float, Field(ge=1, le=100)]
    probability: Annotated[float, Field(gt=0, lt=1)]


class PurchasePolicy(_Section):
    """The detector of rising outside purchases."""

    window_weeks: Annotated[int, Field(ge=1, le=12)]
    ring_weeks: Annotated[int, Field(ge=26, le=208)]
    half_life_weeks: Annotated[int, Field(ge=1, le=520)]
    prior_shape: Annotated[float, Field(ge=0.01, le=10)]
    burst_prior: Annotated[float, Field(ge=0, le=10)]
    burst_prior_weight: Annotated[float, Field(ge=0.1, le=1000)]
    burst_floor: Annotated[float, Field(ge=0.001, le=1)]
    drift: Annotated[float, Field(ge=0, le=1)]
    alert_probability: Annotated[float, Field(gt=0, lt=1)]
    watch_probability: Annotated[float, Field(gt=0, lt=1)]
    alert_minimum: Annotated[int, Field(ge=1, le=100)]
    guard_ratio: Annotated[float, Field(ge=1, le=10)]
    confident_history_weeks: Annotated[int, Field(ge=1, le=208)]
    it_categories: Annotated[tuple[Category, ...], Field(min_length=1, max_length=1000)]
    new_supplier: NewSupplierPolicy
    spread: SpreadPolicy
    peers: PeersPolicy

    @model_validator(mode="after")
    def _watch_before_alert(self) -> Self:
        if self.watch_probability < self.alert_probability:
            raise ValueError(
                f"watch_probability {self.watch_probability} is below alert_probability "
                f"{self.alert_probability}; a client is watched before it alerts"
            )
        return self


class Rate(_Section):
    """What one whole unit of a currency is worth in the reporting currency, from a day on."""

    currency: Currency
    from_date: date
    rate: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=DECIMAL_PLACES_MAX)]


class MoneyPolicy(_Section):
    """In which currency spend is shown, and what the others are worth in it."""

    reporting_currency: Currency
    rates: Annotated[tuple[Rate, ...], Field(max_length=10_000)]

    @model_validator(mode="after")
    def _each_rate_once(self) -> Self:
        seen = set()
        for rate in self.rates:
            place = f"{rate.currency} from {rate.from_date}"
            if rate.currency == self.reporting_currency:
                raise ValueError(f"{place}: the reporting currency needs no rate")
            if place in seen:
                raise ValueError(f"{place} is given twice")
            seen.add(place)
        return self

    @cached_property
    def table(self) -> RateTable:
        """The rates, ready to convert with."""
        epoch = date(1970, 1, 1)
        return RateTable(
            self.reporting_currency,
            (DatedRate(r.currency, (r.from_date - epoch).days, r.rate) for r in self.rates),
        )


class SourcesPolicy(_Section):
    """When the silence of a source is longer than its own rhythm explains."""

    history_days: Annotated[int, Field(ge=56, le=1096)]
    history_days_minimum: Annotated[int, Field(ge=14, le=364)]
    active_days_minimum: Annotated[int, Field(ge=3, le=100)]
    gap_share: Annotated[float, Field(ge=0.5, le=1)]
    gap_factor: Annotated[float, Field(ge=1, le=10)]
    slack_days: Annotated[float, Field(ge=0.5, le=30)]


class Policy(_Section):
    """The whole policy."""

    ledger: LedgerPolicy
    trust: TrustPolicy
    engagement: EngagementPolicy
    purchases: PurchasePolicy
    money: MoneyPolicy
    sources: SourcesPolicy

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits that stand for the content, whatever its layout."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def parse_policy(text: str, name: str = "policy") -> Policy:
    """Return the policy of a TOML document.

    Raises `PolicyError` with the file, the place, the reason and what is allowed.
    """
    if len(text) > POLICY_BYTES_MAX:
        raise PolicyError(f"{name} is over {POLICY_BYTES_MAX} characters; this is no policy")
    try:
        document: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{name} is not TOML: {error}") from None
    mistyped = _mistyped(document, text)
    if mistyped:
        raise PolicyError(f"{name} is refused:\n{mistyped}")
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyError(f"{name} is refused:\n{_reasons(error, text)}") from None


def _mistyped(document: dict[str, Any], text: str) -> str:
    """Return where text or a truth value stands for a number: pydantic would take "90" and true."""
    lines = []
    for field in policy_fields(Policy):
        value: Any = document
        for step in field.place:
            value = value.get(step) if isinstance(value, dict) else None
        if field.numeric and isinstance(value, bool | str):
            place = f"{field.name} ({_line_of(text, field.place)})"
            lines.append(f"  {place}: {_cut(value)}: no number{_allowed_at(field.place)}")
    return "\n".join(lines)


def _reasons(error: ValidationError, text: str) -> str:
    lines = [
        f"  {'.'.join(map(str, item['loc'])) or 'the document'} ({_line_of(text, item['loc'])}): "
        f"{_reason(item)}"
        for item in error.errors(include_url=False)[:REASONS_MAX]
    ]
    if error.error_count() > REASONS_MAX:
        lines.append(f"  and {error.error_count() - REASONS_MAX} more")
    return "\n".join(lines)


def _reason(item: ErrorDetails) -> str:
    """Return what is wrong with one value, and what is allowed there."""
    place, kind = item["loc"], item["type"]
    section = section_at(Policy, place[:-1])
    if kind == "extra_forbidden" and section is not None:
        return f"unknown key; known here: {', '.join(section.model_fields)}"
    if kind == "missing":
        return f"missing{_allowed_at(place)}"
    if kind == "value_error":
        return item["msg"].removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        return f"{_cut(item['input'])}: no currency of ISO 4217"
    return f"{_cut(item['input'])}: {item['msg'][0].lower()}{item['msg'][1:]}{_allowed_at(place)}"


def _cut(value: object) -> str:
    """Return a value as a message shows it, whatever its length."""
    shown = repr(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= SHOWN_CHARACTERS_MAX else f"{shown[:SHOWN_CHARACTERS_MAX]}..."


def _allowed_at(place: Place) -> str:
    names = tuple(step for step in place if isinstance(step, str))
    field = next((one for one in policy_fields(Policy) if one.place == names), None)
    if field is None:
        return ""
    return f"; allowed: a {field.kind} {field.allowed}".rstrip()


def _line_of(text: str, place: Place) -> str:
    """Return the line of a key, or of what is nearest above it; places in a list have its line."""
    lines = _lines(text)
    for length in range(len(place), 0, -1):
        number = lines.get(".".join(map(str, place[:length])))
        if number is not None:
            return f"line {number}"
    return "not in the file"


def _lines(text: str) -> dict[str, int]:
    """Return the line of each section and key of a TOML document that is laid out plainly."""
    section = ""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.split("#")[0].strip()
        if plain.startswith("["):
            section = plain.strip("[] ")
            found.setdefault(section, number)
        elif "=" in plain:
            key = plain.split("=")[0].strip()
            found.setdefault(f"{section}.{key}" if section else key, number)
    return found

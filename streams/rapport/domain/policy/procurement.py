"""Policy sections on outside purchases, money and feeds."""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from rapport.domain.calendar import day_number
from rapport.domain.ledger.measures import AMOUNT_STEPS
from rapport.domain.policy.base import DECIMAL_PLACES_MAX, Section
from rapport.domain.policy.exchange_rates import DatedRate, RateTable
from rapport_schemas.currencies import Currency

Category = Annotated[str, Field(min_length=1, max_length=64)]


class NewSupplierPolicy(Section):
    """Detection of a large supplier that is new to a client."""

    window_days: Annotated[int, Field(ge=7, le=92)]
    history_days: Annotated[int, Field(ge=28, le=1096)]
    factor: Annotated[int, Field(ge=1, le=1000)]
    minimum: Annotated[int, Field(ge=0, le=1_000_000_000)]


class SpreadPolicy(Section):
    """Detection of a supplier from which more clients buy than before."""

    window_days: Annotated[int, Field(ge=28, le=182)]
    clients_minimum: Annotated[int, Field(ge=2, le=1000)]
    ratio: Annotated[float, Field(ge=1, le=100)]
    probability: Annotated[float, Field(gt=0, lt=1)]


class PeersPolicy(Section):
    """Detection of a client with far more outside purchases than its peers."""

    window_days: Annotated[int, Field(ge=28, le=1096)]
    clients_minimum: Annotated[int, Field(ge=3, le=1000)]
    ratio: Annotated[float, Field(ge=1, le=100)]
    probability: Annotated[float, Field(gt=0, lt=1)]


class LeastAmount(Section):
    """The amount in a currency below which a purchase does not count."""

    currency: Currency
    amount: Annotated[int, Field(ge=0, le=AMOUNT_STEPS[-1])]

    @model_validator(mode="after")
    def _one_of_the_steps(self) -> Self:
        if self.amount not in (0, *AMOUNT_STEPS):
            steps = ", ".join(map(str, AMOUNT_STEPS))
            raise ValueError(f"{self.amount} {self.currency}: expected 0 or one of {steps}")
        return self


class PurchasePolicy(Section):
    """Detection of rising outside purchases."""

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
    history_weeks_minimum: Annotated[int, Field(ge=1, le=208)]
    confident_history_weeks: Annotated[int, Field(ge=1, le=208)]
    least_amounts: Annotated[tuple[LeastAmount, ...], Field(max_length=1000)]
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

    @model_validator(mode="after")
    def _each_currency_once(self) -> Self:
        currencies = [least.currency for least in self.least_amounts]
        for currency in currencies:
            if currencies.count(currency) > 1:
                raise ValueError(f"the least amount of {currency} is given twice")
        return self

    @cached_property
    def least_amount_of(self) -> dict[str, int]:
        """Currency -> the amount in whole units below which a purchase does not count."""
        return {least.currency: least.amount for least in self.least_amounts if least.amount}


class Rate(Section):
    """Exchange rate of a currency to the reporting currency, from a day on."""

    currency: Currency
    from_date: date
    rate: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=DECIMAL_PLACES_MAX)]


class MoneyPolicy(Section):
    """Reporting currency and exchange rates."""

    reporting_currency: Currency
    rates: Annotated[tuple[Rate, ...], Field(max_length=10_000)]

    @model_validator(mode="after")
    def _each_rate_once(self) -> Self:
        seen = set()
        for rate in self.rates:
            name = f"{rate.currency} from {rate.from_date}"
            if rate.currency == self.reporting_currency:
                raise ValueError(f"{name}: the reporting currency needs no rate")
            if name in seen:
                raise ValueError(f"{name} is given twice")
            seen.add(name)
        return self

    @cached_property
    def table(self) -> RateTable:
        """The exchange rates by currency and day."""
        rates = (DatedRate(r.currency, day_number(r.from_date), r.rate) for r in self.rates)
        return RateTable(self.reporting_currency, rates)


class SourcesPolicy(Section):
    """Detection of a broken feed: a silence that is longer than the source's usual gaps."""

    history_days: Annotated[int, Field(ge=56, le=1096)]
    history_days_minimum: Annotated[int, Field(ge=14, le=364)]
    active_days_minimum: Annotated[int, Field(ge=3, le=100)]
    gap_share: Annotated[float, Field(ge=0.5, le=1)]
    gap_factor: Annotated[float, Field(ge=1, le=10)]
    slack_days: Annotated[float, Field(ge=0.5, le=30)]

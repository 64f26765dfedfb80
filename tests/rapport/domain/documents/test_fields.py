"""Fields of models: kind, allowed range, and the section at a location."""

from datetime import date
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from rapport.domain.documents.fields import document_fields, section_at
from rapport.domain.policy.model import Policy, TrustCaps, TrustPolicy
from rapport.domain.policy.procurement import Rate

FIELDS = {
    "trust.half_life_days": ("whole number", "1 to 3650", True),
    "trust.base_rate": ("number", "0 to 1", True),
    "perception.alert_gap": ("number", "0 to 1", True),
    "money.reporting_currency": ("text", "", False),
    "money.rates": ("list", "0 to 10000 entries", False),
    "purchases.it_categories": ("list", "1 to 1000 entries", False),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_key_has_its_kind_and_allowed_range(name):
    (field,) = [one for one in document_fields(Policy) if one.name == name]
    assert (field.kind, field.allowed, field.numeric) == FIELDS[name]


class Bounded(BaseModel):
    """One-sided bounds, and kinds of values that the policy does not have now."""

    low: Annotated[int, Field(ge=3)]
    high: Annotated[int, Field(lt=9)]
    name: Annotated[str, Field(max_length=9)]
    day: date
    some: Annotated[tuple[int, ...], Field(min_length=2)]
    free: float


def test_a_one_sided_bound_is_shown_alone():
    found = {field.name: (field.kind, field.allowed) for field in document_fields(Bounded)}
    assert found == {
        "low": ("whole number", "3"),
        "high": ("whole number", "under 9"),
        "name": ("text", ""),
        "day": ("date", ""),
        "some": ("list", ""),
        "free": ("number", ""),
    }


@pytest.mark.parametrize(
    ("location", "section"),
    [
        ((), Policy),
        (("trust",), TrustPolicy),
        (("trust", "caps"), TrustCaps),
        (("money", "rates", 0), Rate),
        (("trust", "base_rate"), None),
        (("nowhere",), None),
        (("trust", "nowhere"), None),
    ],
)
def test_the_section_at_a_location(location, section):
    assert section_at(Policy, location) is section

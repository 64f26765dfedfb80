"""How many decimals an amount has, by the currency's minor unit."""

from collections import Counter

import pytest
from pydantic import TypeAdapter, ValidationError

from rapport_schemas.currencies import DECIMALS, Currency


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("EUR", 2), ("USD", 2), ("GBP", 2), ("HRK", 2), ("JPY", 0), ("KRW", 0), ("BHD", 3)],
)
def test_a_currency_has_the_decimals_of_iso_4217(currency, decimals):
    assert DECIMALS[currency] == decimals


def test_every_currency_is_there_once_and_no_other_is_taken():
    assert Counter(DECIMALS.values()) == {2: 147, 0: 16, 3: 7}
    taken = TypeAdapter(Currency)
    assert [taken.validate_python(code) for code in DECIMALS] == list(DECIMALS)
    for code in ("eur", "EURO", "XXX", ""):
        with pytest.raises(ValidationError):
            taken.validate_python(code)

"""Proposes the fields of purchases for a file's columns."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rapport.importers.inference import synonyms
from rapport.importers.inference.sample import (
    CHANGE_ME,
    Sample,
    are_texts,
    is_no_amount,
    keys_of,
)
from rapport.importers.inference.values.amounts import (
    Currencies,
    are_amounts,
    common_code,
    has_negative,
    infer_currencies,
    infer_decimal,
)
from rapport.importers.inference.values.dates import are_dates
from rapport.importers.inspection.amount_marks import UNIT_WORDS
from rapport.importers.mapping.absent import cost_of
from rapport.importers.mapping.amount_units import unit_in_name
from rapport.importers.mapping.cells import NO, YES
from rapport.importers.mapping.money_marks import currencies_in_name
from rapport_schemas.currencies import DECIMALS

DEFAULT: Final = "EUR"
_CODE: Final = re.compile(r"0\d+")
DESCRIPTIONS: Final = ("description", "omschrijving", "beschreibung")


def purchase_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[purchase]` for a file's columns."""
    names = synonyms.PURCHASE
    purchase: dict[str, Any] = {
        "purchased_on": sample.needed("purchase.purchased_on", names["purchased_on"], are_dates),
    }
    supplier = sample.find(names["supplier"])
    sample.taken |= {supplier} if supplier else set()
    category = sample.take("purchase.category", names["category"], are_texts)
    purchase["supplier"] = {"column": _supplier(sample), "default": "unknown"}
    if category:
        purchase["category"] = category
    purchase["amount"] = _amount(sample)
    purchase["sanctioned"] = _sanctioned(sample)
    sample.note_absent("purchase.joint")
    skip = _credits(sample)
    return {"purchase": purchase, **({"skip": skip} if skip else {})}


def _credits(sample: Sample) -> dict[str, list[str]]:
    """Return the values to skip of a column that says debit or credit, with a note."""
    debit, credit = (set(synonyms.SIDES[side]) for side in ("debit", "credit"))
    for column in sample.header:
        values = sample.values(column)
        folded = {value.casefold() for value in values}
        if folded & debit and folded & credit and folded <= debit | credit:
            received = sorted({value for value in values if value.casefold() in credit})
            sample.notes.append(
                f"{column!r} says whether an amount was paid or received: rows with "
                f"{', '.join(map(repr, received))} are left out; correct [skip] if they are spend"
            )
            return {column: received}
    return {}


def _supplier(sample: Sample) -> str:
    """Return the column of the supplier: the statement of a card has it in its description."""
    names = synonyms.PURCHASE["supplier"]
    others = [name for name in sample.find_all(DESCRIPTIONS) if name not in sample.taken]
    if sample.find(names) is None and others and are_texts(sample.values(others[0])):
        sample.taken.add(others[0])
        sample.notes.append(f"{others[0]!r} was taken as the supplier: check it")
        return others[0]
    return sample.needed("purchase.supplier", names, are_texts)


def _are_amounts(values: Sequence[str]) -> bool:
    """Return whether a column has amounts; with a number such as `0012` it has codes."""
    return are_amounts(values) and not are_dates(values) and not _has_code(values)


def _has_code(values: Sequence[str]) -> bool:
    return any(_CODE.fullmatch(value) for value in values)


def _amount_names(sample: Sample) -> tuple[str, ...]:
    """Return the names of amounts without those of columns that have codes."""
    columns = {name: sample.find_all((name,)) for name in synonyms.AMOUNT}
    return tuple(
        name
        for name, found in columns.items()
        if not any(_has_code(sample.values(column)) for column in found)
    )


def _note_other_amounts(sample: Sample, column: str) -> None:
    """Add a note with the other columns that may be the amount."""
    named = set(sample.find_all(synonyms.AMOUNT))
    stems = synonyms.STEMS["amount"]
    others = [
        name
        for name in sample.header
        if name not in sample.taken and not is_no_amount(name)
        if name in named or any(word.startswith(stems) for word in keys_of(name)[-1].split("-"))
        if _are_amounts(sample.values(name))
    ]
    if others and column != CHANGE_ME:
        sample.notes.append(
            f"{column!r} was taken as purchase.amount; {', '.join(map(repr, others))} may be it "
            "too: check it"
        )


def _amount(sample: Sample) -> dict[str, Any]:
    column = sample.needed("purchase.amount", _amount_names(sample), _are_amounts)
    _note_other_amounts(sample, column)
    values = sample.values(column)
    amount: dict[str, Any] = {"column": column}
    unit = unit_in_name(column)
    if unit is not None:
        amount["unit"] = unit
        sample.notes.append(
            f"{column!r} says that its amounts are in {UNIT_WORDS[unit]}: they are read so (unit = "
            f'"{unit}"); unit = "major" reads them as whole amounts'
        )
    if has_negative(values):
        sample.notes.append('there are negative amounts; `negative = "skip"` leaves refunds out')
        amount["negative"] = "skip"
    currency = _currency(sample, column, values)
    amount |= _decimal(sample, column, currency or {})
    return {**amount, "currency": currency} if currency else amount


def _decimal(sample: Sample, column: str, currency: dict[str, Any]) -> dict[str, Any]:
    """Return the decimal mark, as far as the amounts show one."""
    code = currency.get("constant") or currency.get("default") or DEFAULT
    mark, note = infer_decimal(sample.values(column), DECIMALS[code])
    sample.notes += [f"{column!r}: {note}"] if note else []
    return {"decimal": mark} if mark else {}


def _currency(sample: Sample, column: str, values: Sequence[str]) -> dict[str, Any] | None:
    """Return the field `currency`; None if each amount names its own."""
    code = sample.find(synonyms.CURRENCY)
    codes = Counter(value.upper() for value in sample.values(code)) if code else Counter()
    if codes and codes.keys() <= DECIMALS.keys():
        if len(codes) > 1:
            sample.notes.append(f"several currencies in {code!r}: {_listed(codes)}")
        sample.notes.append(f"{code!r} must be the currency of the amount, not of the shop")
        return {"column": code, "default": codes.most_common(1)[0][0]}
    found = infer_currencies(values)
    named = currencies_in_name(column)
    if len(found.counts) > 1:
        return _several(sample, column, found)
    constant = next(iter(found.counts), common_code(named) if named else None)
    if constant is None:
        sample.notes.append(
            f"no column was found for purchase.amount.currency, and no amount names one: "
            f"{cost_of('purchase.amount.currency')}; {DEFAULT} was filled in (--currency {DEFAULT})"
        )
    return {"constant": constant or DEFAULT}


def _several(sample: Sample, column: str, found: Currencies) -> dict[str, Any] | None:
    start = f"several currencies in {column!r}: {_listed(found.counts)}"
    if found.is_complete:
        sample.notes.append(f"{start}; each amount is read in the one that it names")
        return None
    common, _ = found.counts.most_common(1)[0]
    sample.notes.append(
        f"{start}. {common} was filled in; an amount that names another currency is refused, "
        "because a symbol may stand for several: export the file with a column of codes"
    )
    return {"constant": common}


def _listed(codes: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in codes.most_common())


def _sanctioned(sample: Sample) -> dict[str, Any]:
    column = sample.find(synonyms.PURCHASE["sanctioned"])
    if column and {value.casefold() for value in sample.values(column)} <= YES | NO:
        sample.notes.append(f"{column!r} was taken as: yes is agreed with IT; check it")
        return {"column": column}
    sample.notes.append(
        "no column was found for purchase.sanctioned: every purchase is taken as made outside IT; "
        "see purchase.sanctioned"
    )
    return {"constant": False}

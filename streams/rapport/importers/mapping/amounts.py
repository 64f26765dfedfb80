"""Parses amounts of money, as people and spreadsheets write them, to whole minor units.

Babel reads the digits and their groups. The signs, currencies and dashes around them are read
here: Babel's parser refuses every text that has more than digits and marks.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from babel.numbers import NumberFormatError, parse_decimal

from rapport.importers.errors import RowError, excerpt
from rapport.importers.mapping.columns import TypedNumber
from rapport.importers.mapping.money_marks import CREDIT, ZERO, currencies_of, without_marks
from rapport.importers.mapping.schema import Mark
from rapport_schemas.currencies import DECIMALS

LOCALES: Final[dict[Mark, tuple[str, ...]]] = {".": ("en", "en_IN"), ",": ("nl",)}
"""Locales whose groups are read with a decimal mark; en_IN has groups of two: 12,34,567."""
# Both patterns spare Babel most amounts: it takes a hundred times as long to read one.
_UNGROUPED: Final[dict[Mark, re.Pattern[str]]] = {
    ".": re.compile(r"(0|[1-9]\d*)(\.\d+)?", re.ASCII),
    ",": re.compile(r"(0|[1-9]\d*)(,\d+)?", re.ASCII),
}
_NO_GROUP: Final[dict[Mark, re.Pattern[str]]] = {
    ".": re.compile(r"\d+,(\d{1,2}|\d{4,})", re.ASCII),
    ",": re.compile(r"\d+\.(\d{1,2}|\d{4,})", re.ASCII),
}
"""Digits around the other mark that are no group."""
GROUPS: Final[dict[Mark, str]] = {".": ",", ",": "."}
SETTLE_MARK: Final = "--decimal point or --decimal comma, or `decimal` in the mapping,"
TWO_DECIMALS: Final = 2
THREE_DECIMALS: Final = 3
LARGEST_EXPONENT: Final = 12
AMOUNT_CHARACTERS_MAX: Final = 64
ROUNDING_MINOR: Final = Decimal("1e-6")
"""Tolerance for binary floats: a spreadsheet's 0.1 + 0.2 is 0.30000000000000004."""
_PLAIN: Final = str.maketrans(
    dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " "
    )
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u2018\u2019\u02bc\u2032\u00b4`", "'")
    | {"\uffe5": "¥", "\uffe6": "₩"}
    | dict.fromkeys("\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069", "")
)
"""Spaces, dashes and apostrophes in their many forms -> one form; direction marks -> nothing."""
_NO_CENTS: Final = re.compile(r"(?<=\d)([.,])(?:-{1,3}|=)$", re.ASCII)
_NO_PAISE: Final = re.compile(r"(?<=\d)/-{1,2}$", re.ASCII)
_DASHES: Final = re.compile(r"-{1,3}(?:[.,]-{1,3})?")
DUTCH_MINUS: Final = "-/-"
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d{1,4}", re.ASCII)
_SHORTENED: Final = re.compile(r".*\d[ ]?E\+\d.*", re.ASCII)
_DIGITS: Final = re.compile(r"[\d.,' ]*\d[\d.,' ]*", re.ASCII)


class AmountText(NamedTuple):
    """The parts of an amount's text."""

    text: str
    """The text as the file has it, for messages."""
    digits: str
    """The digits with their groups and decimal mark; empty for a dash, which is zero."""
    is_negative: bool
    currencies: frozenset[str] | None
    """The codes that the currency beside the digits may mean; None without one."""
    mark: Mark | None = None
    """The decimal mark that dashes for no cents tell, as in `80,-`."""
    number: Decimal | None = None
    """The value of a cell that is a number, in a workbook or in JSON: it has no other reading."""

    @property
    def is_zero_by_dash(self) -> bool:
        """Whether a dash, or a word such as nil, stands for the amount."""
        return not self.digits


def split_amount(text: str, path: str) -> AmountText:
    """Return the parts of an amount; raises `RowError`.

    >>> split_amount("£ (1,063.12)", "").digits, split_amount("€ 80,-", "")[1:3]
    ('1,063.12', ('80', False))
    >>> split_amount("63.12-", "").is_negative, split_amount("€ -", "").is_zero_by_dash
    (True, True)
    """
    if isinstance(text, TypedNumber):
        return _number(text, text)._replace(currencies=text.currencies)
    return _split(text, path)


@lru_cache(maxsize=65_536)
def _split(text: str, path: str) -> AmountText:
    plain = text.translate(_PLAIN).strip().removeprefix("'")
    if len(plain) > AMOUNT_CHARACTERS_MAX:
        raise RowError(path, f"{excerpt(text)} is not an amount")
    if _SCIENTIFIC.fullmatch(plain):
        return _scientific(text, plain, path)
    parts = _Parts(plain)
    parts.take()
    is_zero = parts.is_zero
    if not is_zero and (parts.signs > 1 or _DIGITS.fullmatch(parts.rest) is None):
        raise RowError(path, f"{excerpt(text)} is not an amount{_hint(plain)}")
    digits = "" if is_zero else parts.rest
    return AmountText(text, digits, bool(parts.signs), currencies_of(parts.marks), parts.mark)


class _Parts:
    """The rest of an amount's text while its signs and currencies are taken off at both ends."""

    def __init__(self, plain: str) -> None:
        self.rest = plain
        self.marks: list[str] = []
        self.signs = 0
        self.mark: Mark | None = None

    @property
    def is_zero(self) -> bool:
        """Whether nothing is left but a dash, or a word for zero."""
        return self.rest.casefold() in ZERO or _DASHES.fullmatch(self.rest) is not None

    def take(self) -> None:
        """Take everything off that is beside the digits."""
        before = None
        while self.rest != before and not self.is_zero:
            before = self.rest
            self.rest, marks = without_marks(self.rest)
            self.marks += marks
            self.signs += len(CREDIT.intersection(marks))
            self._take_no_cents()
            self._take_signs()

    def _take_no_cents(self) -> None:
        self.rest = _NO_PAISE.sub("", self.rest)
        found = _NO_CENTS.search(self.rest)
        if found and self.mark is None:
            self.mark = "." if found[1] == "." else ","
            self.rest = self.rest[: found.start()]

    def _take_signs(self) -> None:
        rest = self.rest
        if self.is_zero:
            return
        if rest.startswith("(") and rest.endswith(")"):
            rest, signs = rest[1:-1], 1
        elif rest.startswith(DUTCH_MINUS):
            rest, signs = rest.removeprefix(DUTCH_MINUS), 1
        elif rest.endswith(DUTCH_MINUS):
            rest, signs = rest.removesuffix(DUTCH_MINUS), 1
        elif rest.startswith("-"):
            rest, signs = rest[1:], 1
        elif rest.endswith("-"):
            rest, signs = rest[:-1], 1
        else:
            rest, signs = rest.removeprefix("+").removesuffix("+"), 0
        self.rest, self.signs = rest.strip(), self.signs + signs


def _scientific(text: str, plain: str, path: str) -> AmountText:
    """Return a program's float; raises `RowError` for a spreadsheet's, which has lost digits."""
    if _SHORTENED.fullmatch(plain) and Decimal(plain).adjusted() <= LARGEST_EXPONENT:
        reason = f"{plain}: a spreadsheet shortened this amount; export it with all its digits"
        raise RowError(path, reason)
    return _number(text, plain)


def _number(text: str, plain: str) -> AmountText:
    value = Decimal(plain)
    return AmountText(text, plain, value < 0, None, number=abs(value))


def _hint(plain: str) -> str:
    if "[" in plain:
        return "; square brackets may be a minus or a note"
    return ""


@lru_cache(maxsize=65_536)
def readings(digits: str) -> dict[Mark, Decimal]:
    """Return the value of digits under each decimal mark that fits them.

    >>> {mark: str(value) for mark, value in readings("1.250").items()}
    {'.': '1.250', ',': '1250'}
    >>> list(readings("12.50")), list(readings("1.250,00")), readings("1 25")
    (['.'], [','], {})
    """
    marks: tuple[Mark, Mark] = (".", ",")
    found: dict[Mark, Decimal] = {}
    for mark in marks:
        value = _value(digits, mark)
        if value is not None:
            found[mark] = value
    return found


def _value(digits: str, mark: Mark) -> Decimal | None:
    if _UNGROUPED[mark].fullmatch(digits):
        return Decimal(digits.replace(",", "."))
    if _NO_GROUP[mark].fullmatch(digits):
        return None
    group = GROUPS[mark]
    groups = {character for character in digits if character in f" '{group}"}
    if len(groups) > 1:
        return None
    for character in groups:
        digits = digits.replace(character, group)
    for locale in LOCALES[mark]:
        try:
            return parse_decimal(digits, locale=locale, strict=True)
        except NumberFormatError:
            continue
    return None


def shown_mark(amount: AmountText) -> Mark | None:
    """Return the decimal mark that an amount shows, or None.

    >>> [shown_mark(split_amount(text, "")) for text in ("12.50", "80,-", "1.250", "950")]
    ['.', ',', None, None]
    """
    if amount.mark or amount.number is not None or amount.is_zero_by_dash:
        return amount.mark
    found = readings(amount.digits)
    return next(iter(found)) if len(found) == 1 else None


def doubtful_readings(amount: AmountText, decimals: int) -> dict[Mark, Decimal]:
    """Return both values of an amount if nothing in the text tells which is right; else {}.

    Three digits behind the only mark are a group in a currency without decimals, and the decimals
    of a currency that has three.

    >>> [len(doubtful_readings(split_amount(text, ""), 2)) for text in ("1.250", "12.50", "950")]
    [2, 0, 0]
    """
    if amount.mark or amount.is_zero_by_dash or amount.number is not None:
        return {}
    if decimals != TWO_DECIMALS:
        return {}
    found = readings(amount.digits)
    return found if len(set(found.values())) > 1 else {}


def without_zeros(value: Decimal) -> str:
    """Return a value for a message.

    >>> without_zeros(Decimal("1.250")), without_zeros(Decimal("1.25E+3"))
    ('1.25', '1250')
    """
    return f"{value.normalize():f}"


def decimal_of(amount: AmountText, mark: Mark | None, decimals: int, path: str) -> Decimal:
    """Return a signed amount; without a `mark` the text must have one reading. Raises `RowError`.

    >>> texts = ("£1,234.50", "(12.5)", "3.10-", "- 7", "4 CR", "1'234.50", "12,34,567.50", "12.-")
    >>> [str(decimal_of(split_amount(text, ""), ".", 2, "")) for text in texts]
    ['1234.50', '-12.5', '-3.10', '-7', '-4', '1234.50', '1234567.50', '12']
    >>> str(decimal_of(split_amount("€ 1.234,56", ""), None, 2, ""))
    '1234.56'
    """
    value = _settled(amount, mark, decimals, path)
    return -value if amount.is_negative else value


def _settled(amount: AmountText, mark: Mark | None, decimals: int, path: str) -> Decimal:
    if amount.is_zero_by_dash:
        return Decimal(0)
    if amount.number is not None:
        return amount.number
    found = readings(amount.digits)
    is_cut = amount.mark is not None and amount.mark in amount.digits
    mark = amount.mark or mark
    if mark is not None and (mark not in found or is_cut):
        raise RowError(
            path, f"{excerpt(amount.text)} is not an amount with the decimal mark {mark!r}"
        )
    if not found:
        raise RowError(path, f"{excerpt(amount.text)} is not an amount")
    if doubtful_readings(amount, decimals) and mark is None:
        one, other = map(without_zeros, found.values())
        reason = f"{excerpt(amount.text)} may be {one} or {other}; {SETTLE_MARK} settles it"
        raise RowError(path, reason)
    if mark is not None:
        return found[mark]
    return (max if decimals == 0 else min)(found.values())


def minor_units(amount: Decimal, currency: str, path: str, *, rounded: bool = False) -> int:
    """Return an amount in the minor unit of ISO 4217; raises `RowError` unless it is whole.

    >>> minor_units(Decimal("12.5"), "EUR", ""), minor_units(Decimal("300"), "JPY", "")
    (1250, 300)
    """
    if amount.adjusted() > LARGEST_EXPONENT:
        raise RowError(path, f"{amount:.3e} is too large for an amount")
    minor = amount.scaleb(DECIMALS[currency])
    whole = minor.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    if not rounded and abs(minor - whole) > ROUNDING_MINOR:
        raise RowError(path, f"{amount} has more decimals than {currency}; {_advice(amount)}")
    return int(whole)


def _advice(amount: Decimal) -> str:
    """Return what to do about decimals: three of them are more often thousands."""
    if amount.as_tuple().exponent == -THREE_DECIMALS:
        setting = "--decimal, or `decimal` in the mapping,"
        return f"{setting} says the mark if the last digits are thousands"
    return "check the currency; `round = true` rounds"

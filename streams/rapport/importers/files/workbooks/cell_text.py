"""The cells of a workbook as text."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from rapport.importers.files.table import cell_content
from rapport.importers.files.workbooks.number_formats import NumberFormat
from rapport.importers.mapping.columns import TypedDate, TypedNumber

EXACT_MAX: Final = 2**53
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
SHOWN_MAX: Final = 10**15
"""Excel keeps 15 digits and writes zeros behind them."""


def cell_text(value: Any) -> str:
    """Return a cell as text: dates in ISO 8601, whole numbers without a point.

    >>> cell_text(datetime(2026, 3, 2, 9, 30)), cell_text(12345678901.0), cell_text(True)
    ('2026-03-02T09:30:00', '12345678901', 'true')
    >>> cell_text(20260302100000123)
    '2.026030210000012e+16'
    """
    text = str(value)
    match value:
        case None:
            text = ""
        case str():
            text = cell_content(value)
        case bool():
            text = text.lower()
        case int() | float():
            text = TypedNumber(_number(value))
        case datetime() if value.time() == time():
            text = TypedDate(value.date().isoformat())
        case date() if not isinstance(value, datetime):
            text = TypedDate(value.isoformat())
        case datetime():
            text = value.isoformat()
        case timedelta():
            text = _duration(value)
    return text


def unescaped(text: str) -> str:
    r"""Return a text of XLSX without the escapes of characters that XML cannot have.

    >>> unescaped("a_x000D_b"), unescaped("a_x005F_x000D_b"), unescaped("no_xray")
    ('a\rb', 'a_x000D_b', 'no_xray')
    """
    if "_x" not in text:
        return text
    units = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _duration(value: timedelta) -> str:
    """Return a duration as it is shown: a number of seconds would look like a serial date.

    >>> _duration(timedelta(hours=30, minutes=5)), _duration(timedelta(hours=-1))
    ('30:05:00', '-1:00:00')
    """
    minutes, seconds = divmod(round(abs(value).total_seconds()), 60)
    sign = "-" if value < timedelta() else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def as_shown(text: str, shown: NumberFormat) -> str:
    """Return the text of a number with the currency and the leading zeros of its format.

    >>> as_shown(TypedNumber("123"), NumberFormat(None, 5)), as_shown("x", NumberFormat(None, 5))
    ('00123', 'x')
    """
    if not isinstance(text, TypedNumber):
        return text
    return TypedNumber(text.zfill(shown.digits) if text.isdigit() else text, shown.currencies)


def _number(value: float) -> object:
    """Return a number as it is shown, in scientific notation if it may have lost digits."""
    if abs(value) >= EXACT_MAX or (abs(value) >= SHOWN_MAX and value % 10 == 0):
        return f"{Decimal(value):.15e}"
    return int(value) if float(value).is_integer() else value

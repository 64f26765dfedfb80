"""Tells one page of an answer from a whole export: an API gives long lists in pages."""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

NEXT: Final = re.compile(
    r"(odata)?next(link|page|pageurl|pagelink|pagetoken|url|uri|href|recordsurl|cursor|token)?"
)
IS_MORE: Final = re.compile(r"(has|is)?(more|next|nextpage|morepages|moreresults|morerecords)")
IS_END: Final = re.compile(r"done|islast|islastpage|last|lastpage|endofstream|exhausted")
TOTAL: Final = re.compile(
    r"(odata|in)?(total(count|results|records|size|elements|items|rows|hits)|(count)?total|count)"
)
PLAIN_TOTALS: Final = frozenset({"total", "count"})
"""These may also be a sum, or the number of something else: only beside a page's keys a total."""
PAGE: Final = re.compile(
    r"limit|offset|startat|start|skip|top|maxresults|(current)?page(number|size|no)?|perpage"
)


class PageMark(NamedTuple):
    """A value beside the records that says whether there are more."""

    path: str
    value: Any

    @property
    def key(self) -> str:
        """Return the key in small letters and digits; that of a link is the name above it."""
        parts = self.path.replace("@odata.", "odata").lower().split(".")
        is_link = len(parts) > 1 and parts[-1] in ("href", "url")
        return re.sub(r"[^a-z]+", "", parts[-2 if is_link else -1])


def page_marks(values: Iterable[tuple[str, Any]]) -> list[PageMark]:
    """Return the values of a document, each with its path, that may tell of other pages."""
    patterns = (NEXT, IS_MORE, IS_END, TOTAL, PAGE)
    marks = (PageMark(path, value) for path, value in values)
    return [mark for mark in marks if any(one.fullmatch(mark.key) for one in patterns)]


def more_rows(marks: list[PageMark], records: int) -> str | None:
    """Return what says that a document has only a part of the records; None if nothing does.

    >>> more_rows([PageMark("links.next.href", "/tickets?page=2")], 50)
    "50 records are in it, and 'links.next.href' names a next page"
    >>> more_rows([PageMark("total", 50), PageMark("startAt", 0)], 50) is None
    True
    """
    totals = _totals(marks)
    larger = next((mark for mark in totals if mark.value > records), None)
    if larger is not None:
        said = f"{larger.path!r} says {larger.value}"
    else:
        said = "" if totals else _said_of_a_next_page(marks)
    return f"{records} records are in it, and {said}" if said else None


def _said_of_a_next_page(marks: list[PageMark]) -> str:
    ends = [mark for mark in marks if IS_END.fullmatch(mark.key) and isinstance(mark.value, bool)]
    if any(mark.value for mark in ends):
        return ""
    for mark in marks:
        if NEXT.fullmatch(mark.key) and mark.value and not isinstance(mark.value, bool):
            return f"{mark.path!r} names a next page"
        if IS_MORE.fullmatch(mark.key) and mark.value is True:
            return f"{mark.path!r} says there are more"
    return f"{ends[0].path!r} says it is not the last page" if ends else ""


def _totals(marks: list[PageMark]) -> list[PageMark]:
    """Return the marks that say how many records there are."""
    is_page = any(PAGE.fullmatch(mark.key) or NEXT.fullmatch(mark.key) for mark in marks)
    return [
        mark
        for mark in marks
        if TOTAL.fullmatch(mark.key)
        and isinstance(mark.value, int)
        and not isinstance(mark.value, bool)
        and (is_page or mark.key not in PLAIN_TOTALS)
    ]

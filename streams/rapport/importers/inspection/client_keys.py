"""Whether two clients of a file have one key: a key has no letters but a to z, and no marks."""

from collections.abc import Iterator

from rapport.importers.errors import RowError, excerpt
from rapport.importers.inspection.doubt import Check, Doubt, Example
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.schema import Mapping
from rapport.importers.rows.client_cell import ClientCell, client_key, whole_name
from rapport.importers.rows.row_filters import SkippedRow


class ClientKeyCheck(Check):
    """Compares the names that have one key: they may differ in case, accents and spacing only."""

    def __init__(self, mapping: Mapping, header: Header) -> None:
        self._client = ClientCell(mapping.client, header)
        self._column = " or ".join(header.bindings.get("client", ())) or "client"
        self._first: dict[str, tuple[str, Example]] = {}
        """Key -> the first name with it: as `whole_name`, and where it is."""
        self._others: dict[str, Example] = {}
        self._rows: dict[str, int] = {}

    def see(self, line: int, cells: Cells) -> None:
        """Compare the clients of a row with those before it."""
        try:
            for name in self._client.names(cells):
                self._compare(client_key(name), Example(line, self._column, name))
        except (RowError, SkippedRow):
            return

    def _compare(self, key: str, example: Example) -> None:
        whole = whole_name(example.text)
        first, _ = self._first.setdefault(key, (whole, example))
        if whole != first:
            self._others.setdefault(key, example)
            self._rows[key] = self._rows.get(key, 0) + 1

    def doubts(self) -> Iterator[Doubt]:
        """Yield a doubt for every key with two names."""
        for key, other in self._others.items():
            first = self._first[key][1]
            same = (
                f"the client {excerpt(first.text)} of line {first.line} (both have the key {key})"
            )
            settle = "`client.values` gives each name a key"
            yield Doubt(*other, (same, "another client"), settle, self._rows[key])

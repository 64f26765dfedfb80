"""What the tests of imports share: a file written from its lines, and a file read by a mapping."""

from contextlib import closing

import pytest

from rapport.importers.rows.reader import open_records


@pytest.fixture(scope="session")
def outcomes_of():
    """Read a file by a mapping; return the outcome of every row."""

    def read(path, mapping):
        table, records = open_records(path, mapping)
        with closing(table):
            return list(records)

    return read


@pytest.fixture
def csv_file(tmp_path):
    """Write the lines of a CSV file; return its path."""

    def write(*lines):
        path = tmp_path / "rows.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write

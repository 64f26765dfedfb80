"""Cut the demo's purchases from the whole data set: python deploy/demo/cut_sample.py DIRECTORY.

It keeps the columns that are mapped and the rows of the demo's clients, in a window that ends where
one client's purchases of computing and telephony really rise. Amounts and dates are as published;
nothing is invented.
"""

import csv
import gzip
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "streams" / "rapport" / "devkit" / "data"
LAST = date(2016, 7, 11)
WEEKS = 112
COLUMNS = [
    "trans_date",
    "amount",
    "currency",
    "merchant",
    "cac1",
    "cac1_desc",
    "cac2",
    "source_file",
]


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a gzipped CSV file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(name: str, columns: list[str], kept: list[dict[str, str]]) -> None:
    """Write the kept rows, the same bytes each time."""
    with gzip.GzipFile(SAMPLE / name, "wb", mtime=0) as raw:
        lines = [columns] + [[row[column] for column in columns] for row in kept]
        text = "".join(_line(line) for line in lines)
        raw.write(text.encode())


def _line(values: list[str]) -> str:
    quoted = ('"' + v.replace('"', '""') + '"' if set(v) & set(',"\n') else v for v in values)
    return ",".join(quoted) + "\n"


def main() -> None:
    """Cut the sample."""
    fleet = tomllib.loads((SAMPLE / "fleet.toml").read_text(encoding="utf-8"))
    first = LAST - timedelta(weeks=WEEKS)
    centres = {centre for client in fleet["clients"] for centre in client["cost_centres"]}
    purchases = [
        row
        for row in rows(Path(sys.argv[1]) / "birmingham_purchase_cards.csv.gz")
        if row["cac2"] in centres and first.isoformat() < row["trans_date"] <= LAST.isoformat()
    ]
    write("purchases.csv.gz", COLUMNS, purchases)


if __name__ == "__main__":
    main()

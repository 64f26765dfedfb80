"""What was recorded with earlier versions gives the same pages and the same scores today."""

import json
from pathlib import Path

import msgspec
import pytest

from rapport.domain.ledger.page import (
    PAGE_VERSION,
    Page,
    PageVersionError,
    decode,
    encode,
    iter_facts,
)

HERE = Path(__file__).parent
HISTORIES = sorted(HERE.glob("*.jsonl.gz"))
PAGES = sorted((HERE / "pages").glob("version-*.json"))


@pytest.fixture
def replay(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    import replay

    return replay


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.name)
def test_a_recorded_history_replays_to_the_same_scores(history, replay):
    expected = json.loads(replay.expected_file(history).read_text())
    found = json.loads(json.dumps(replay.scores(history)))
    changed = [client for client in expected if expected[client] != found.get(client)]
    assert found == expected, (
        f"scores of {', '.join(changed) or 'new clients'} changed: when that is meant, run "
        "`make histories` and have the diff reviewed"
    )


def test_histories_hold_every_kind_of_score_and_are_not_empty(replay):
    expected = [json.loads(replay.expected_file(path).read_text()) for path in HISTORIES]
    assert len(expected) == 3
    days = [day for fleet in expected for found in fleet.values() for day in found.values()]
    assert {"trust", "engagement", "perception", "purchases"} <= set().union(*days)
    scored = [day[name] for day in days for name in ("trust", "engagement") if day[name]]
    values = [score["value"] for score in scored]
    assert sum(value is not None for value in values) > 20


@pytest.mark.parametrize("file", PAGES, ids=lambda path: path.name)
def test_pages_of_every_released_version_are_read_to_the_same_entries(file):
    samples = json.loads(file.read_text())
    assert len(samples) > 20
    for sample in samples:
        expected = {
            int(entity): (revision, day, bytes.fromhex(fact))
            for entity, (revision, day, fact) in sample["entries"].items()
        }
        assert decode(bytes.fromhex(sample["value"])).entries == expected


def test_the_version_that_is_written_has_recorded_pages():
    assert f"version-{PAGE_VERSION}.json" in {path.name for path in PAGES}


@pytest.mark.parametrize("more", [[], ["a column that is not known"]])
@pytest.mark.parametrize("column", [None, 2], ids=["same columns", "another type of column"])
def test_a_page_of_a_newer_version_is_refused_by_name(more, column):
    page = msgspec.msgpack.decode(encode(Page(), 20_000))
    page[0] = PAGE_VERSION + 1
    if column is not None:
        page[column] = "facts are kept otherwise"
    value = msgspec.msgpack.encode([*page, *more])
    for read in (decode, iter_facts):
        with pytest.raises(PageVersionError, match=f"version {PAGE_VERSION + 1}, and this program"):
            read(value)

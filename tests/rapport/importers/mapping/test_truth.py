"""Words for yes and no are known in every field with a boolean, unless its `values` differ."""

import pytest

from rapport.importers.errors import RowError
from rapport.importers.mapping.cells import Values, truth
from rapport.importers.mapping.presets import preset
from rapport.importers.rows.reader import open_records
from rapport.importers.rows.row import Rejection, SourceRecord

WORDS = [
    *((word, True) for word in ("Y", "oui", "1", "x", "1.0", "1,0", "JA", "wahr", "yes", "kept")),
    *((word, False) for word in ("N", "non", "0", "0.0", "Nein", "niet nagekomen")),
]


def outcome(tmp_path, name, header, row):
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n{row}\n")
    table, records = open_records(path, preset(name))
    (found,) = records
    table.close()
    return found


@pytest.mark.parametrize(("word", "kept"), WORDS)
def test_a_preset_with_words_of_its_own_knows_the_others_too(tmp_path, word, kept):
    found = outcome(tmp_path, "promises", "Date;Client;Kept", f"2026-03-02;Fin;{word}")
    assert isinstance(found, SourceRecord)
    assert found.events[0].data.kept is kept


@pytest.mark.parametrize(
    ("word", "met"), [("1.0", True), ("0.0", False), ("1", True), ("n", False)]
)
def test_the_service_level_may_be_a_number_of_a_workbook(tmp_path, word, met):
    header = "Number;Opened;Resolved;Priority;Department;Made SLA"
    row = f"INC1;2026-03-02 10:00:00;2026-03-02 11:00:00;3;Fin;{word}"
    found = outcome(tmp_path, "servicenow", header, row)
    assert isinstance(found, SourceRecord)
    assert found.events[1].data.sla_met is met


@pytest.mark.parametrize("word", ["maybe", "2", "1.5", "10", "01.0.0"])
def test_any_other_text_is_rejected(tmp_path, word):
    found = outcome(tmp_path, "promises", "Date;Client;Kept", f"2026-03-02;Fin;{word}")
    assert isinstance(found, Rejection)
    with pytest.raises(RowError):
        truth(word, "a path")


@pytest.mark.parametrize(
    "values",
    [
        {"yes": False, "no": True},
        {"yes": True, "n": True},
        {"within sla": True, "sla violated": False},
        {"1": "P1", "2": "P2"},
        {"yes": "client", "no": "it"},
    ],
    ids=["the opposite", "in part the opposite", "no such word", "priorities", "other meanings"],
)
def test_values_with_another_meaning_know_only_their_own_texts(values):
    with pytest.raises(RowError):
        Values(values).of("oui", "a path")

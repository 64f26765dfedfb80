"""`rapport contracts`, run as a user runs it."""

import json
from pathlib import Path

import pytest
from run_rapport import run_rapport

from rapport_schemas.docs.render import contract_documents
from rapport_schemas.wire.registry import EVERY_CONTRACT

ROOT = Path(__file__).parents[3]
RATED = "rapport.ticket.rated.v1"


def contracts(*arguments, cwd=ROOT):
    return run_rapport("contracts", *arguments, cwd=cwd)


@pytest.fixture
def root(tmp_path):
    """A repository of which the one release is the contracts as they are."""
    directory = tmp_path / "schemas" / "released" / "0.9.0"
    directory.mkdir(parents=True)
    for name, document in contract_documents().items():
        (directory / f"{name}.json").write_text(json.dumps(document))
    return tmp_path


def released_differently(root, change):
    path = root / "schemas" / "released" / "0.9.0" / f"{RATED}.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_this_repository_is_compatible_with_all_that_it_released():
    done = contracts("check", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0, report["refusals"]
    assert report["compatible"] is True
    assert "0.1.0" in report["versions"]


def test_a_breaking_change_is_refused_with_the_reason_and_what_to_do(root):
    released_differently(root, lambda document: document["properties"]["score"].update(maximum=500))
    done = contracts("check", "--root", str(root))
    assert done.returncode == 1
    assert done.stderr == (
        f"{RATED} score: maximum 500 -> 100\n"
        f"  may break consumers of version 0.9.0; instead: leave {RATED} as it is, "
        "and add rapport.ticket.rated.v2\n"
    )
    report = json.loads(contracts("check", "--json", "--root", str(root)).stdout)
    assert report["compatible"] is False
    assert report["refusals"][0]["path"] == "score"


def test_a_check_against_nothing_fails(tmp_path):
    done = contracts("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "no released contracts in schemas/released" in done.stderr


def test_a_release_that_cannot_be_read_fails_with_its_location(root):
    path = root / "schemas" / "released" / "0.9.0" / f"{RATED}.json"
    path.write_text("{")
    assert str(path) in contracts("check", "--root", str(root)).stderr


def test_a_release_is_written_once_and_only_as_the_highest(root):
    assert contracts("release", "1.0.0", "--root", str(root)).returncode == 0
    written = root / "schemas" / "released" / "1.0.0"
    assert {path.stem for path in written.iterdir()} == EVERY_CONTRACT.keys()
    assert json.loads((written / f"{RATED}.json").read_text()) == contract_documents()[RATED]
    assert contracts("check", "--root", str(root)).stdout.endswith("with 0.9.0, 1.0.0\n")
    again = contracts("release", "1.0.0", "--root", str(root))
    assert (again.returncode, "never rewritten" in again.stderr) == (1, True)
    lower = contracts("release", "0.10.0", "--root", str(root))
    assert (lower.returncode, "comes before 1.0.0" in lower.stderr) == (1, True)
    wrong = contracts("release", "../1", "--root", str(root))
    assert (wrong.returncode, "three numbers" in wrong.stderr) == (1, True)


def test_what_breaks_an_earlier_release_is_not_released(root):
    released_differently(root, lambda document: document["required"].remove("score"))
    done = contracts("release", "1.0.0", "--root", str(root))
    assert (done.returncode, "score: is required" in done.stderr) == (1, True)
    assert not (root / "schemas" / "released" / "1.0.0").exists()


def test_list_and_show_tell_what_is_in_an_event():
    listed = json.loads(contracts("list", "--json").stdout)
    assert {row["type"] for row in listed} == EVERY_CONTRACT.keys()
    (rated,) = (row for row in listed if row["type"] == RATED)
    assert (rated["topic"], rated["required"]) == ("tickets", ["client", "ticket_id", "score"])
    assert "| `score` | integer | yes |" in contracts("show", RATED).stdout
    assert json.loads(contracts("show", RATED, "--json").stdout) == contract_documents()[RATED]
    unknown = contracts("show", "rapport.nothing.v1")
    assert (unknown.returncode, RATED in unknown.stderr) == (1, True)

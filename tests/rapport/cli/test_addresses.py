"""Addresses: the option, then the environment, then a running demo for commands that read."""

import pytest
from run_rapport import run_rapport

from rapport.cli.options import DEFAULT_URL, kafka_to_write, worker_url
from rapport.devkit.running_demo import DemoAddresses, published_addresses, running_demo
from rapport.kafka.connection import BOOTSTRAP
from rapport_schemas.wire.errors import RapportError

DEMO = DemoAddresses("127.0.0.1:19092", "http://127.0.0.1:19464")


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("RAPPORT_URL", raising=False)
    return tmp_path


def test_a_demo_is_found_while_it_runs_and_no_longer():
    assert running_demo() is None
    with published_addresses(DEMO):
        assert running_demo() == DEMO
        assert running_demo() == DEMO  # looking does not end it
    assert running_demo() is None


def test_of_two_demos_the_first_is_found():
    with published_addresses(DEMO):
        with published_addresses(DemoAddresses("x:1", "http://x:2")):
            assert running_demo() == DEMO
        assert running_demo() == DEMO


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"kafka": "x"}', "null"])
def test_a_damaged_file_is_no_demo(state, damaged):
    with published_addresses(DEMO):
        (state / "rapport" / "demo.json").write_text(damaged)
        assert running_demo() is None


def test_the_files_of_a_killed_demo_are_no_demo(state):
    with published_addresses(DEMO):
        kept = (state / "rapport" / "demo.json").read_text()
    (state / "rapport" / "demo.json").write_text(kept)
    assert running_demo() is None


def test_the_worker_is_the_named_one_then_the_demo_then_the_default(capsys):
    assert worker_url(None) == DEFAULT_URL
    with published_addresses(DEMO):
        assert worker_url("http://other:9464/") == "http://other:9464"
        assert capsys.readouterr().err == ""
        assert worker_url(None) == DEMO.pages
        assert DEMO.pages in capsys.readouterr().err


def test_the_environment_goes_before_a_demo():
    with published_addresses(DEMO):
        ran = run_rapport("explain", "law", env={"RAPPORT_URL": "http://127.0.0.1:1"})
    assert "no worker answers at http://127.0.0.1:1/" in ran.stderr
    assert "running demo" not in ran.stderr


def test_nothing_is_written_to_a_demo_that_is_not_named():
    with published_addresses(DemoAddresses(BOOTSTRAP, DEMO.pages)):
        with pytest.raises(RapportError, match=f"--bootstrap {BOOTSTRAP} or RAPPORT_KAFKA"):
            kafka_to_write(None, None)
        assert kafka_to_write(BOOTSTRAP, None).bootstrap == BOOTSTRAP
    assert kafka_to_write(None, None).bootstrap == BOOTSTRAP

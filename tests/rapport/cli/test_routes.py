"""`rapport routes`, run as a user runs it."""

from pathlib import Path

from run_rapport import run_rapport

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "deploy" / "alertmanager"


def routes(*arguments):
    return run_rapport("routes", *arguments)


def test_the_shipped_configuration_is_what_the_shipped_table_gives(tmp_path):
    printed = routes(SHIPPED / "routing.toml")
    assert printed.returncode == 0
    assert (SHIPPED / "alertmanager.yml").read_text().endswith(printed.stdout)
    written = routes(SHIPPED / "routing.toml", "--output", tmp_path / "my.yml")
    assert "amtool check-config" in written.stdout
    assert (tmp_path / "my.yml").read_text() == printed.stdout


def test_a_table_that_cannot_work_is_refused_and_nothing_is_written(tmp_path):
    wrong = tmp_path / "mine.toml"
    table = (SHIPPED / "routing.toml").read_text()
    wrong.write_text(table.replace('others = "it-management"', 'others = "nobody"'))
    refused = routes(wrong, "--output", tmp_path / "my.yml")
    assert refused.returncode == 1
    assert "the document: no team is called 'nobody'; there are" in refused.stderr
    assert not (tmp_path / "my.yml").exists()


def test_a_table_that_is_not_there_is_named(tmp_path):
    refused = routes(tmp_path / "none.toml")
    assert refused.returncode == 2
    assert "none.toml' does not exist" in refused.stderr

"""A text of a file is shown as it is: square brackets are no markup of the terminal."""

import io
from collections import Counter

import pytest
from rich.console import Console

from rapport.cli.terminal.dead_letter_table import count_table
from rapport.cli.terminal.preview_table import preview_table


def shown(table):
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    return console.file.getvalue()


@pytest.mark.parametrize("text", ["[/Benelux]", "[red]Globex[/red]", "[file] `header_row`", "[b"])
@pytest.mark.parametrize("place", ["client", "data"])
def test_a_preview_shows_brackets(text, place):
    line = {"line": 2, "event": "ticket.opened", "time": "", "client": "law", "data": {}}
    line[place] = text if place == "client" else {"supplier": text}
    assert text in shown(preview_table([line]))


def test_a_preview_escapes_what_would_steer_a_terminal():
    line = {"line": 2, "event": "e", "time": "", "client": "a\x1b[31mb", "data": {}}
    assert r"a\x1b[31mb" in shown(preview_table([line]))


def test_a_table_of_reasons_shows_brackets():
    assert "[/x]" in shown(count_table(Counter({"[/x]": 3})))

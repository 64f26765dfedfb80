"""`rapport top`: live in a terminal, lines of JSON for a script, tables for a file."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time

SECONDS_MAX = 30


def command(url, *arguments):
    return [sys.executable, "-m", "rapport", "top", "--url", url, *arguments]


def run(url, *arguments):
    return subprocess.run(
        command(url, *arguments), capture_output=True, text=True, timeout=60, check=False
    )


def test_each_poll_is_one_line_of_json(pages):
    output = run(pages.url, "--json", "--count", "2", "--every", "0.2")
    assert output.returncode == 0, output.stderr
    lines = [json.loads(line) for line in output.stdout.splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert [client["id"] for client in line["clients"]] == list(pages.snapshots.fleet.clients)
    assert lines[0]["at"] <= lines[1]["at"]


def test_where_there_is_no_terminal_it_prints_plain_tables(pages):
    output = run(pages.url, "--count", "2", "--every", "0.2")
    assert output.returncode == 0, output.stderr
    titles = [line for line in output.stdout.splitlines() if line.strip() == "Clients"]
    assert len(titles) == 2
    assert "\x1b" not in output.stdout


def test_no_worker_is_an_error_that_says_what_to_do():
    output = run("http://127.0.0.1:9", "--count", "1")
    assert output.returncode == 1
    assert "rapport worker" in output.stderr


def test_in_a_terminal_it_is_live_until_q(pages):
    main, side = pty.openpty()
    os.set_blocking(main, False)
    size = {**os.environ, "COLUMNS": "120", "LINES": "40", "TERM": "xterm-256color"}
    running = subprocess.Popen(
        command(pages.url, "--every", "0.3"), stdin=side, stdout=side, stderr=side, env=size
    )
    os.close(side)
    try:
        seen = read_until(main, lambda text: len(set(re.findall(r"\d\d:\d\d:\d\d", text))) > 1)
        assert "q ends" in seen
        most_urgent = next(iter(pages.snapshots.fleet.clients.values())).client.name
        assert most_urgent[:20] in seen
        assert "Bibliotheek" in seen
        os.write(main, b"xq")
        seen = read_until(main, lambda text: "\x1b[?1049l" in text)
        assert running.wait(SECONDS_MAX) == 0
    finally:
        running.kill()
        running.wait()
        os.close(main)


def read_until(descriptor, holds):
    text, deadline = "", time.monotonic() + SECONDS_MAX
    while not holds(text):
        assert time.monotonic() < deadline, text[-2000:]
        if select.select([descriptor], [], [], 0.5)[0]:
            try:
                text += os.read(descriptor, 65_536).decode(errors="replace")
            except OSError:  # the other side is closed
                break
    return text

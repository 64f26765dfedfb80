"""Connections to the pages: silent ones hold up nobody, and fill no log."""

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from urllib.request import urlopen

import pytest

from rapport.web import server
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer

SILENT = 230
DESCRIPTORS = 200
SERVE = f"""
import resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, ({DESCRIPTORS}, {DESCRIPTORS}))
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer
view = WorkerView({{"ready": True}}, (), None)
print(WebServer("127.0.0.1", 0, lambda: view, None).start()[1], flush=True)
time.sleep(60)
"""


@pytest.fixture
def limited():
    """A server in a process that may open few files; its port, and its process."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield int(process.stdout.readline()), process
    process.kill()
    process.communicate()


def test_silent_connections_and_half_sent_heads_exhaust_nothing_and_log_nothing(limited):
    port, process = limited
    url = f"http://127.0.0.1:{port}/healthz"
    with ExitStack() as stack:
        for number in range(SILENT):
            silent = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            if number % 2:
                silent.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        for _ in range(5):
            with urlopen(url, timeout=5) as answer:  # the test's own server
                assert answer.read() == b"ok\n"
    process.kill()
    assert process.communicate()[1] == ""


def test_a_head_that_is_not_finished_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(server, "IDLE_SECONDS_MAX", 0.5)
    view = WorkerView({"ready": True}, (), None)
    web = WebServer("127.0.0.1", 0, lambda: view, None)
    _, port = web.start()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
            began = time.monotonic()
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
            assert slow.recv(1) == b""
            assert time.monotonic() - began >= 0.4
    finally:
        web.stop()


def test_a_malformed_request_is_answered_and_not_logged(caplog):
    view = WorkerView({"ready": True}, (), None)
    web = WebServer("127.0.0.1", 0, lambda: view, None)
    _, port = web.start()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as wrong:
            wrong.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")
            assert wrong.recv(65_536).startswith(b"HTTP/1.0 400")
    finally:
        web.stop()
    assert caplog.text == ""

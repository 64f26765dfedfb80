"""Views are made in a thread of their own: the worker does not wait, and no error is lost."""

import threading
import time
from types import SimpleNamespace

import pytest

from rapport.streams.core.clients import Directory
from rapport.streams.shell.monitor import Monitor
from rapport.streams.shell.policy_file import PolicyFile, load_policy
from rapport.streams.shell.status import Status
from rapport.streams.shell.views import Views

SECONDS_MAX = 10


@pytest.fixture
def worker():
    directory, policy = Directory(), load_policy(None)
    return SimpleNamespace(
        status=Status(ready=True),
        monitor=Monitor(directory, policy),
        policy_file=PolicyFile(None, policy, lambda _policy: None),
        reader=SimpleNamespace(directory=directory),
    )


def test_while_a_view_is_made_the_worker_goes_on_and_the_next_call_shows_the_rest(worker):
    shown, may_end = [], threading.Event()

    def show(view):
        may_end.wait(SECONDS_MAX)
        shown.append(view.status["pages_written"])

    views = Views(show)
    for pages in (1, 2):
        worker.status.pages_written = pages
        started = time.perf_counter()
        views.publish(worker)
        assert time.perf_counter() - started < 1
    assert shown == []
    may_end.set()
    publish_until(views, worker, lambda: 2 in shown)
    assert shown[0] == 1


def test_an_error_while_a_view_is_made_is_raised_at_the_next_call(worker):
    def show(_view):
        raise RuntimeError("cannot be shown")

    views = Views(show)
    with pytest.raises(RuntimeError, match="cannot be shown"):
        publish_until(views, worker, lambda: False)


def publish_until(views, worker, holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        views.publish(worker)
        time.sleep(0.01)

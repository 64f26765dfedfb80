"""A child ends with the process that started it, also when that is killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

PARENT = """
import sys, time
from pathlib import Path
from rapport.runtime.child_process import Child
child = Child([sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]))
print(child.pid, flush=True)
time.sleep(60)
"""
CHILD = """
import time
from rapport.runtime.child_process import end_with_parent
%s
print("watches", flush=True)
time.sleep(60)
"""
SECONDS_MAX = 20


def runs(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.parametrize(("watches", "ends"), [("end_with_parent()", True), ("", False)])
def test_a_child_that_watches_ends_when_its_parent_is_killed(tmp_path, watches, ends):
    log = tmp_path / "log"
    command = [sys.executable, "-c", PARENT, CHILD % watches, str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        deadline = time.monotonic() + SECONDS_MAX
        while not log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + (SECONDS_MAX if ends else 2)
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert runs(pid) is not ends
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

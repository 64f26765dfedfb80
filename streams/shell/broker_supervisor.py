"""Runs one program and never outlives its parent; started by path, so it imports nothing of ours.

Its standard input is a pipe from the parent. When that ends (the parent is gone, by whatever
death), or on SIGTERM, the program gets SIGTERM, and SIGKILL when it does not end in time.
Given `detached` as first argument, it watches no parent.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys

STOP_SECONDS_MAX = 8.0
POLL_SECONDS = 0.2
PR_SET_PDEATHSIG = 1


def _die_with_supervisor() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """Run the program of the command line; return its exit code."""
    watched, command = sys.argv[1] == "attached", sys.argv[2:]
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    program = subprocess.Popen(  # a list, never a shell
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_supervisor,  # noqa: PLW1509 # one thread runs here
    )
    while program.poll() is None and not asked:
        readable = select.select([sys.stdin] if watched else [], [], [], POLL_SECONDS)[0]
        if readable and not os.read(0, 1):
            break
    if program.poll() is None:
        program.terminate()
    try:
        return program.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        program.kill()
        return program.wait()


if __name__ == "__main__":
    sys.exit(main())

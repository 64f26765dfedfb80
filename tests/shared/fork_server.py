"""Starts `rapport` commands as forks of one process that has imported what a worker imports.

Imports, the vocabulary and the templates are most of the processor time of a worker's start. Run as
a script, this module is that process. It ends with the process that started it, and so do its
forks.
"""

import array
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryFile

from rapport.runtime.child_process import rapport_command

REQUEST_BYTES_MAX = 1 << 20
RUN_SECONDS_MAX = 120
IGNORED = frozenset({"PYTEST_CURRENT_TEST", "RAPPORT_PARENT"})
"""Environment variables that no module reads when it is imported."""


class ForkServer:
    """Starts the server at the first command, and ends it as a context."""

    def __init__(self):
        self.enabled = True
        self._process = self._socket = None
        self._environment = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process is not None:
            self._socket.close()
            self._process.wait()

    def serves(self, arguments, environment):
        """Whether a fork is the same as a new process: modules may read the environment."""
        if not self.enabled or list(arguments[:4]) != [*rapport_command("worker")]:
            return False
        return self._process is None or without_ignored(environment) == self._environment

    def start(self, arguments, out, cwd, environment, errors=None):
        """Start a command, with its output in a file; return what is like a `subprocess.Popen`."""
        if self._process is None:
            self._launch(environment)
        status, theirs = socket.socketpair()
        request = {
            "arguments": list(arguments[2:]),
            "cwd": str(cwd or Path.cwd()),
            "environment": environment,
        }
        with theirs:
            socket.send_fds(
                self._socket,
                [json.dumps(request).encode()],
                [out.fileno(), (errors or out).fileno(), theirs.fileno()],
            )
        return Forked(status)

    def run(self, arguments, environment):
        """Run a command to its end; return what `subprocess.run` returns."""
        with TemporaryFile() as out, TemporaryFile() as errors:
            code = self.start(arguments, out, None, environment, errors).wait(RUN_SECONDS_MAX)
            printed = [text_of(file) for file in (out, errors)]
        return subprocess.CompletedProcess(arguments, code, *printed)

    def _launch(self, environment):
        self._environment = without_ignored(environment)
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )


def text_of(file):
    file.seek(0)
    return file.read().decode()


def without_ignored(environment):
    return {name: text for name, text in environment.items() if name not in IGNORED}


class Forked:
    """A fork, with the methods of `subprocess.Popen` that tests need."""

    def __init__(self, status):
        self._status = status
        self.pid = self._number()
        self.returncode = None

    def _number(self):
        found = array.array("q")
        data = self._status.recv(found.itemsize, socket.MSG_WAITALL)
        assert data, "the server of forks ended"
        found.frombytes(data)
        return found[0]

    def poll(self):
        """The exit code, or None while it runs."""
        return self._ended(0)

    def _ended(self, seconds):
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._status, selectors.EVENT_READ)
                if selector.select(seconds):
                    self.returncode = self._number()
                    self._status.close()
        return self.returncode

    def wait(self, timeout=None):
        """Return the exit code when it has ended."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout)
        return code

    def send_signal(self, number):
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """Send SIGKILL, unless it has ended."""
        self.send_signal(signal.SIGKILL)


def serve(requests):
    """Fork a process for each request; return the arguments of the command, in that process only.

    `None` in the server, when no more requests can come.
    """
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.settimeout(0)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running = {}
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if woken in ready:
                woken.recv(4096)
                tell_the_ended(running)
            if requests in ready:
                text, files, *_ = socket.recv_fds(requests, REQUEST_BYTES_MAX, 3)
                if not text:
                    return None
                *outputs, status = files
                pid = os.fork()
                if not pid:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for each in (requests, woken, waker, *running.values()):
                        each.close()
                    os.close(status)
                    return become(json.loads(text), outputs)
                for number in outputs:
                    os.close(number)
                running[pid] = socket.socket(fileno=status)
                tell(running[pid], pid)


def tell(to, number):
    with contextlib.suppress(OSError):  # nobody waits for it any more
        to.sendall(array.array("q", [number]).tobytes())


def tell_the_ended(running):
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as to:
            tell(to, os.waitstatus_to_exitcode(status))


def become(request, outputs):
    """Take over the environment, the folder and the output of a command; return its arguments."""
    os.setsid()
    for number, output in enumerate(outputs, 1):
        os.dup2(output, number)
        os.close(output)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"], RAPPORT_PARENT=str(os.getppid()))
    return request["arguments"]


def main():
    import gc

    import rapport.cli.application
    import rapport.cli.operate.worker
    import rapport.devkit.running_demo
    import rapport.kafka.config_file
    import rapport.worker.app  # the forks need them
    from rapport.cli import main as rapport
    from rapport.runtime.vocabulary_file import load_vocabulary
    from rapport.web.pages import render

    load_vocabulary(None)  # which is kept, as the templates are
    render.prepare()
    assert threading.active_count() == 1, "a fork has only one of several threads"
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        arguments = serve(requests)
    if arguments is not None:
        sys.argv = arguments
        rapport()


if __name__ == "__main__":
    main()

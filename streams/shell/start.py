"""Starts a worker: policy, data directory, HTTP server, Faust."""

import logging
from pathlib import Path

from rapport.streams.core.signals import SignalNames
from rapport.streams.shell.access import check_access
from rapport.streams.shell.app import compose
from rapport.streams.shell.collection import collect_rarely
from rapport.streams.shell.kafka_rights import RightsUnknownError
from rapport.streams.shell.lock import lock_directory
from rapport.streams.shell.logs import log_from
from rapport.streams.shell.policy_file import load_policy
from rapport.streams.shell.processes import end_with_parent
from rapport.streams.shell.settings import Settings
from rapport.streams.shell.signal_files import load_vocabulary
from rapport.streams.shell.web import WebServer
from rapport.streams.shell.web_guard import Guard

log = logging.getLogger(__name__)


def start_worker(settings: Settings, log_level: str, address_file: Path | None) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    log_from(log_level)
    collect_rarely()
    end_with_parent()
    policy = load_policy(settings.policy)
    find = SignalNames(load_vocabulary(settings.vocabulary))
    _check_access(settings)
    lock = lock_directory(settings.data_dir)
    guard = Guard(settings.web_config)
    guard.warn(settings.http_host)
    worker = compose(settings, policy, find)
    address = settings.http_host, settings.http_port
    server = WebServer(*address, worker.status.view, worker.queries, guard)
    host, port = server.start()
    if address_file is not None:
        address_file.write_text(f"{guard.scheme}://{host}:{port}")
    try:
        worker.run(log_level)
    finally:
        server.stop()
        lock.close()


def _check_access(settings: Settings) -> None:
    try:
        check_access(settings.kafka, "worker")
    except RightsUnknownError as error:
        log.warning("%s; the worker goes on", error)  # a broker that starts must not keep it out

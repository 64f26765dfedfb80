"""Starts a worker: policy, data directory, HTTP server, Faust."""

import asyncio
import logging
from pathlib import Path

from rapport.streams.core.signals import SignalNames
from rapport.streams.shell.access import check_access
from rapport.streams.shell.app import Worker, run
from rapport.streams.shell.collection import collect_rarely
from rapport.streams.shell.explanations import Explanations
from rapport.streams.shell.kafka_rights import RightsUnknownError
from rapport.streams.shell.lock import lock_directory
from rapport.streams.shell.logs import log_from
from rapport.streams.shell.policy_file import load_policy
from rapport.streams.shell.processes import end_with_parent
from rapport.streams.shell.settings import Settings
from rapport.streams.shell.signal_files import load_vocabulary
from rapport.streams.shell.views import Views
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
    server = WebServer(settings.http_host, settings.http_port, guard)
    host, port = server.start()
    views = Views(server.show)

    def publish(worker: Worker) -> None:
        explanations.loop = asyncio.get_running_loop()
        views.publish(worker)

    worker = Worker(settings, policy, find, publish)
    explanations = Explanations(worker.monitor, worker.reader.directory)
    server.explain_with(explanations.ask, explanations.ask_fleet)
    server.site.ask = explanations.ask_moments
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

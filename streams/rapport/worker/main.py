"""Starts a worker: policy, data directory, HTTP server, Faust."""

import logging
from pathlib import Path

from rapport.domain.signals.finder import SignalNames
from rapport.kafka.access import check_access
from rapport.kafka.acl import RightsUnknownError
from rapport.runtime.child_process import end_with_parent
from rapport.runtime.directory_lock import lock_directory
from rapport.runtime.gc_tuning import tune_gc
from rapport.runtime.logging import log_from
from rapport.runtime.policy_file import load_policy
from rapport.runtime.vocabulary_file import load_vocabulary
from rapport.web.auth import BasicAuth
from rapport.web.server import WebServer
from rapport.worker.app import compose
from rapport.worker.settings import Settings

log = logging.getLogger(__name__)


def start_worker(settings: Settings, log_level: str, address_file: Path | None) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    log_from(log_level)
    tune_gc()
    end_with_parent()
    policy = load_policy(settings.policy)
    find = SignalNames(load_vocabulary(settings.vocabulary))
    _check_access(settings)
    lock = lock_directory(settings.data_dir)
    guard = BasicAuth(settings.web_config)
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
        # A broker that is starting must not stop the worker.
        log.warning("%s; the worker goes on", error)

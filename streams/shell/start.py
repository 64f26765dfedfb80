"""Starts a worker: policy, data directory, HTTP server, Faust."""

import asyncio
import logging
from pathlib import Path

from rapport.streams.core.signals import SignalNames
from rapport.streams.shell.app import Worker, run
from rapport.streams.shell.collection import collect_rarely
from rapport.streams.shell.explanations import Explanations
from rapport.streams.shell.lock import lock_directory
from rapport.streams.shell.policy_file import load_policy
from rapport.streams.shell.settings import Settings
from rapport.streams.shell.signal_files import load_vocabulary
from rapport.streams.shell.views import Views
from rapport.streams.shell.web import WebServer


def start_worker(settings: Settings, log_level: str, address_file: Path | None) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    collect_rarely()
    policy = load_policy(settings.policy)
    find = SignalNames(load_vocabulary(settings.vocabulary))
    lock = lock_directory(settings.data_dir)
    server = WebServer(settings.http_host, settings.http_port)
    host, port = server.start()
    views = Views()

    def publish(worker: Worker) -> None:
        explanations.loop = asyncio.get_running_loop()
        server.show(views.view(worker))

    worker = Worker(settings, policy, find, publish)
    explanations = Explanations(worker.monitor, worker.reader.directory)
    server.explain_with(explanations.ask)
    if address_file is not None:
        address_file.write_text(f"http://{host}:{port}")
    try:
        worker.start()
        run(worker, log_level)
    finally:
        worker.stop()
        lock.close()

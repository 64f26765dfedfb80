"""`rapport worker`: consumes events, keeps the ledger, serves the scores."""

from pathlib import Path
from typing import Annotated

import typer

from rapport.cli.options import (
    Bootstrap,
    KafkaConfig,
    LogLevel,
    LogLevelOption,
    WebConfig,
    checked_address,
    kafka_to_write,
)
from rapport.kafka.connection import PARTITIONS
from rapport.worker.settings import Settings


def worker(
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    data_dir: Annotated[
        Path, typer.Option(help="The directory of the local store; one per worker.")
    ] = Path(".rapport/worker"),
    http_host: Annotated[str, typer.Option(help="The address of /metrics.")] = "127.0.0.1",
    http_port: Annotated[
        int, typer.Option(help="The port of /metrics; 0 finds a free one.")
    ] = 9464,
    web_config: WebConfig = None,
    grafana_url: Annotated[
        str | None,
        typer.Option(
            envvar="RAPPORT_GRAFANA_URL",
            metavar="<url>",
            help="Grafana's address, for links from the pages to the dashboards.",
        ),
    ] = None,
    link_host: Annotated[
        list[str] | None,
        typer.Option(help="A host to which recorded links are shown, such as wiki.example."),
    ] = None,
    accounts: Annotated[
        Path | None, typer.Option(help="Who may record on the pages: web.json, in JSON.")
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            envvar="RAPPORT_ALLOWED_HOSTS",
            help="A name under which the pages answer; again for another. Addresses, localhost and "
            "the name of --http-host always do.",
        ),
    ] = None,
    alertmanager: Annotated[
        Path | None,
        typer.Option(
            help="Where alerts on acknowledged concerns are silenced: url, job, username and "
            "password_file, in TOML."
        ),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar="RAPPORT_PUBLIC_URL",
            metavar="<url>",
            help="The address under which browsers reach this worker: other workers lead to it for "
            "its clients. Default: the address of --http-host, if that is one.",
        ),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="A policy file instead of the built-in one.")
    ] = None,
    vocabulary: Annotated[
        Path | None, typer.Option(help="A file that extends the vocabulary of signals.")
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            envvar="RAPPORT_ZONE",
            help="The organisation's time zone, such as Europe/Amsterdam: its days and weeks are "
            "those of the ledger. The first worker sets it (UTC without one); every other worker "
            "has the same.",
        ),
    ] = None,
    partitions: Annotated[int, typer.Option(help="Partitions of the input topics.")] = PARTITIONS,
    decoders: Annotated[
        int | None, typer.Option(help="Processes that decode events; default: one per core.", min=0)
    ] = None,
    log_level: LogLevelOption = LogLevel.WARNING,
    address_file: Annotated[
        Path | None, typer.Option(help="Write the HTTP address here once it listens.")
    ] = None,
) -> None:
    """Consume events, keep the ledger, and serve /metrics, /status and /clients.

    Example:  rapport worker --bootstrap 127.0.0.1:9092 --http-port 9464
    """
    from rapport.worker.app import start_worker
    from rapport.worker.ingest.decoder_pool import default_decoders

    settings = Settings(
        kafka=kafka_to_write(bootstrap, kafka_config),
        data_dir=data_dir.absolute(),
        http_host=http_host,
        http_port=http_port,
        web_config=web_config,
        grafana_url=checked_address(grafana_url),
        link_hosts=tuple(link_host or ()),
        accounts=accounts,
        allowed_hosts=tuple(allowed_host or ()),
        alertmanager=alertmanager,
        public_url=checked_address(public_url),
        policy=policy,
        vocabulary=vocabulary,
        partitions=partitions,
        zone=zone,
        decoders=default_decoders() if decoders is None else decoders,
    )
    start_worker(settings, log_level.value, address_file)

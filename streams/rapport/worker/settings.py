"""Settings of a worker; the command line reads them once and passes them down."""

from dataclasses import dataclass
from pathlib import Path

from rapport.kafka.connection import PARTITIONS, Kafka


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one worker."""

    kafka: Kafka
    data_dir: Path
    http_host: str = "127.0.0.1"
    http_port: int = 9464
    web_config: Path | None = None
    grafana_url: str = ""
    """Grafana's address, for links from the pages; empty for none."""
    link_hosts: tuple[str, ...] = ()
    """Hosts to which recorded links are shown."""
    accounts: Path | None = None
    allowed_hosts: tuple[str, ...] = ()
    """Names under which the pages answer, besides addresses and the name listened on."""
    alertmanager: Path | None = None
    """Where silences of acknowledged concerns are made; None makes none."""
    policy: Path | None = None
    vocabulary: Path | None = None
    public_url: str = ""
    """The address under which browsers reach this worker; empty for the one that it listens on."""
    partitions: int = PARTITIONS
    zone: str | None = None
    """The organisation's time zone; None for the one that the ledger has."""
    decoders: int = 0
    """Decoder processes; 0 decodes in the worker itself."""

"""Who may read the pages: a file in the format of Prometheus' own web configuration.

https://prometheus.io/docs/prometheus/latest/configuration/https/ says what each key means. Read
here: `tls_server_config` with cert_file, key_file, client_auth_type, client_ca_file, min_version
and max_version, and `basic_auth_users`. Any other key is refused: a lock that is not turned is
worse than none that is promised. A relative path is relative to the file.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from rapport.schemas.errors import RapportError
from rapport.streams.shell.secrets import check_private

TOP: Final = {"tls_server_config", "basic_auth_users"}
TLS: Final = {
    "cert_file",
    "key_file",
    "client_auth_type",
    "client_ca_file",
    "min_version",
    "max_version",
}
CLIENT_AUTH: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
BCRYPT_HASH: Final = re.compile(r"\$2[aby]\$(0[4-9]|1\d|2\d|3[01])\$[./A-Za-z0-9]{53}")
FILE_BYTES_MAX: Final = 1024 * 1024


class WebConfigError(RapportError):
    """The web configuration is not one."""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What was read: TLS, or None; the users' bcrypt hashes; the files that all this came from."""

    tls: ssl.SSLContext | None = None
    users: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    files: tuple[Path, ...] = ()


def read_web_config(file: Path) -> WebConfig:
    """Return the configuration; raises `WebConfigError` or `SecretError` with file and line."""
    check_private(file, "the web configuration")
    top = _Section(file, "the top", _compose(file))
    top.allow(TOP)
    users = _Section(file, "basic_auth_users", top.get("basic_auth_users"))
    tls, files = None, [file]
    if "tls_server_config" in top.keys():  # noqa: SIM118 # it is no dictionary
        section = _Section(file, "tls_server_config", top.get("tls_server_config"))
        section.allow(TLS)
        tls = _context(section)
        files += [path for name in TLS if name.endswith("_file") and (path := section.path(name))]
    return WebConfig(tls, dict(_users(users)), tuple(files))


def _compose(file: Path) -> yaml.Node | None:
    try:
        text = file.read_bytes()[:FILE_BYTES_MAX].decode()
        return yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        # Its own text shows lines of the file, which hold what nobody should see.
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WebConfigError(f"{file}:{line}: this is not YAML: {error.problem}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WebConfigError(f"{file} is not a YAML file of text: {type(error).__name__}") from None


class _Section:
    """A mapping of the file, each of its keys with its line."""

    def __init__(self, file: Path, name: str, node: yaml.Node | None) -> None:
        empty = node is None or (isinstance(node, yaml.ScalarNode) and node.value in {"", "null"})
        if not empty and not isinstance(node, yaml.MappingNode):
            raise WebConfigError(f"{file}: {name} must be a mapping of keys to values")
        self.file, self.name = file, name
        self._pairs: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        for key, value in [] if empty or node is None else node.value:
            self._lines[str(key.value)] = key.start_mark.line + 1
            if key.value in self._pairs:
                raise self.error(key.value, "is there twice; keep one")
            self._pairs[str(key.value)] = value

    def keys(self) -> list[str]:
        return list(self._pairs)

    def get(self, key: str) -> yaml.Node | None:
        return self._pairs.get(key)

    def text(self, key: str, default: str = "") -> str:
        node = self._pairs.get(key)
        if node is None:
            return default
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(key, "must be one value")
        return str(node.value)

    def path(self, key: str) -> Path | None:
        name = self.text(key)
        return self.file.parent / name if name else None

    def choice(self, key: str, choices: Mapping[str, Any], default: str) -> Any:
        chosen = self.text(key, default)
        if chosen not in choices:
            raise self.error(key, f"is {chosen!r}; use one of {', '.join(choices)}")
        return choices[chosen]

    def allow(self, known: set[str]) -> None:
        for key in self._pairs:
            if key not in known:
                names = ", ".join(sorted(known))
                raise self.error(key, f"is not known here; known in {self.name}: {names}")

    def error(self, key: str, what: str) -> WebConfigError:
        line = self._lines.get(key)
        place = f"{self.file}:{line}" if line else f"{self.file}"
        return WebConfigError(f"{place}: {key} {what}")


def _users(section: _Section) -> Iterator[tuple[str, bytes]]:
    for name in section.keys():  # noqa: SIM118 # it is no dictionary
        hashed = section.text(name)
        if not BCRYPT_HASH.fullmatch(hashed):
            raise section.error(
                name, 'has no bcrypt hash as value; make one with `htpasswd -nBC 10 ""`'
            )
        yield name, hashed.encode()


def _context(section: _Section) -> ssl.SSLContext:
    cert, key = section.path("cert_file"), section.path("key_file")
    if cert is None or key is None:
        raise section.error("tls_server_config", "needs cert_file and key_file")
    check_private(key, "key_file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = section.choice("min_version", VERSIONS, "TLS12")
    context.maximum_version = section.choice("max_version", VERSIONS, "TLS13")
    verify = section.choice("client_auth_type", CLIENT_AUTH, "NoClientCert")
    client_ca = section.path("client_ca_file")
    if (verify is ssl.CERT_NONE) != (client_ca is None):
        raise section.error(
            "client_auth_type", "goes with client_ca_file: give both, or none of the two"
        )
    try:
        context.load_cert_chain(cert, key, password=lambda: "")
        if client_ca is not None:
            context.load_verify_locations(client_ca)
    except (OSError, ssl.SSLError) as error:
        raise WebConfigError(
            f"{section.file}: cert_file {cert}, key_file {key} or client_ca_file {client_ca} "
            f"cannot be used, as PEM files without a pass phrase: {error}"
        ) from error
    context.verify_mode = verify
    return context

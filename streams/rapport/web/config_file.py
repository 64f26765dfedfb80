"""The web configuration, TLS and passwords of the pages, in Prometheus' own format.

https://prometheus.io/docs/prometheus/latest/configuration/https/ says what each key means.
Supported: `tls_server_config` with cert_file, key_file, client_auth_type, client_ca_file,
min_version and max_version, and `basic_auth_users`. Unknown keys are rejected: silently ignoring a
security setting would be worse than failing. A relative path is relative to the file.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import AfterValidator, model_validator

from rapport.domain.documents.toml import Document, Location
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport.runtime.secrets import check_private
from rapport.runtime.tls import server_context
from rapport.runtime.toml_file import read_text
from rapport_schemas.wire.errors import RapportError

CLIENT_AUTH: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
BCRYPT_HASH: Final = re.compile(r"\$2[aby]\$(0[4-9]|1\d|2\d|3[01])\$[./A-Za-z0-9]{53}")
DEPTH_MAX: Final = 2
SUBJECT: Final = "the web configuration"


class WebConfigError(RapportError):
    """A web configuration that cannot be used."""


def bcrypt_hash(text: str) -> str:
    """Return a bcrypt hash; raises ValueError for any other text."""
    if not BCRYPT_HASH.fullmatch(text):
        raise ValueError('no bcrypt hash; make one with `htpasswd -nBC 10 ""`')
    return text


class _Tls(Section):
    cert_file: str
    key_file: str
    client_auth_type: Literal[
        "NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"
    ] = "NoClientCert"
    client_ca_file: str | None = None
    min_version: Literal["TLS12", "TLS13"] = "TLS12"
    max_version: Literal["TLS12", "TLS13"] = "TLS13"

    @model_validator(mode="after")
    def _authority_of_clients(self) -> Self:
        if (self.client_auth_type == "NoClientCert") != (self.client_ca_file is None):
            raise ValueError(
                "client_auth_type goes with client_ca_file: give both, or none of the two"
            )
        return self


class _File(Section):
    tls_server_config: _Tls | None = None
    basic_auth_users: dict[str, Annotated[str, AfterValidator(bcrypt_hash)]] | None = None


@dataclass(frozen=True, slots=True)
class WebConfig:
    """TLS settings, the users' bcrypt hashes, and the files that both were read from."""

    tls: ssl.SSLContext | None = None
    users: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    files: tuple[Path, ...] = ()


def read_web_config(file: Path) -> WebConfig:
    """Return the configuration; raises `RapportError` with file, line and key."""
    check_private(file, SUBJECT)
    document = _parse_yaml(read_text(file, SUBJECT, WebConfigError), str(file))
    content = validate(_File, document, WebConfigError, secret=True)
    users = {name: hashed.encode() for name, hashed in (content.basic_auth_users or {}).items()}
    section = content.tls_server_config
    if section is None:
        return WebConfig(None, users, (file,))
    cert, key = file.parent / section.cert_file, file.parent / section.key_file
    check_private(key, "key_file")
    client_ca = file.parent / section.client_ca_file if section.client_ca_file else None
    context = server_context(
        cert,
        key,
        (VERSIONS[section.min_version], VERSIONS[section.max_version]),
        client_ca,
        CLIENT_AUTH[section.client_auth_type],
    )
    return WebConfig(context, users, tuple(filter(None, (file, cert, key, client_ca))))


def _parse_yaml(text: str, name: str) -> Document:
    """Return a YAML document of mappings in a mapping, each value as its text."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        # Without the parser's own text, which quotes lines of the file: they may hold secrets.
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WebConfigError(f"{name} is not YAML: {error.problem} (at line {line})") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise WebConfigError(f"{name} is not YAML: {type(error).__name__}") from None
    lines: dict[Location, int] = {}
    values = _values(node, (), lines, name) or {}
    if not isinstance(values, dict):
        raise WebConfigError(f"{name}: the document must be a mapping of keys to values")
    return Document(name, values, lambda: lines)


def _values(node: yaml.Node | None, path: Location, lines: dict[Location, int], name: str) -> Any:
    """Return the text of a value, or a mapping; the model rejects deeper nesting."""
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in {"", "null"}):
        return None
    if not isinstance(node, yaml.MappingNode) or len(path) == DEPTH_MAX:
        return node.value
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        location, line = (*path, str(key.value)), key.start_mark.line + 1
        if location in lines:
            raise WebConfigError(f"{name}: {location[-1]} is there twice (line {line}); keep one")
        lines[location] = line
        mapping[str(key.value)] = _values(value, location, lines, name)
    return mapping

"""Accounts of the pages, in `web.json`: users, their role and owners, and a proxy that logs in.

TLS and passwords for every page stay in Prometheus' own format (`config_file.py`); what that format
has no words for is here. Unknown keys are rejected.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from rapport.domain.documents.toml import Document, Location
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport.runtime.secrets import check_private, secret_of_file
from rapport.runtime.toml_file import read_text
from rapport.web.config_file import bcrypt_hash
from rapport.web.login.proxy import USER_CHARACTERS_MAX, TrustedProxy
from rapport_schemas.wire.errors import RapportError

SUBJECT: Final = "the accounts file"
USERS_MAX: Final = 10_000
OWNERS_MAX: Final = 1_000
PEERS_MAX: Final = 100
KEY_CHARACTERS_MIN: Final = 32
EVERY_OWNER: Final = "*"
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class AccountsError(RapportError):
    """An accounts file that cannot be used."""


def _network(text: str) -> str:
    ip_network(text)
    return text


_UserName = Annotated[
    str, StringConstraints(pattern=rf"^[^\s:,\x00-\x1f\x7f-\x9f]{{1,{USER_CHARACTERS_MAX}}}$")
]
_Owner = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9][a-z0-9._-]{0,63})$")]
_HeaderName = Annotated[str, StringConstraints(pattern=rf"^{_HEADER.pattern}$")]
_FileName = Annotated[str, Field(min_length=1, max_length=4_096)]


class _User(Section, strict=True):
    role: Literal["reader", "writer", "metrics"]
    owners: Annotated[list[_Owner], Field(max_length=OWNERS_MAX, default_factory=list)]
    password_hash: Annotated[str, AfterValidator(bcrypt_hash)] | None = None

    @model_validator(mode="after")
    def _check_owners(self) -> Self:
        if self.role == "writer" and not self.owners:
            raise ValueError(
                'a writer has owners (the owners of the clients, or ["*"] for every client)'
            )
        if self.role == "metrics" and self.owners:
            raise ValueError("the role metrics reads every client's series, and has no owners")
        return self


class _Proxy(Section, strict=True):
    peers: Annotated[
        list[Annotated[str, AfterValidator(_network)]], Field(min_length=1, max_length=PEERS_MAX)
    ]
    user_header: _HeaderName = "X-Forwarded-User"
    secret_header: _HeaderName = "X-Rapport-Proxy-Secret"  # noqa: S105 # the name of a header
    secret_file: _FileName | None = None
    certificate_names: Annotated[list[str], Field(max_length=PEERS_MAX, default_factory=list)]

    @model_validator(mode="after")
    def _check_proof(self) -> Self:
        if self.secret_file is None and not self.certificate_names:
            raise ValueError(
                "the proxy proves itself with secret_file, or with certificate_names; give one"
            )
        return self


class _File(Section, strict=True):
    reading: Literal["login", "open"] = "login"
    restrict: bool = False
    key_file: _FileName
    users: Annotated[dict[_UserName, _User], Field(min_length=1, max_length=USERS_MAX)]
    proxy: _Proxy | None = None

    @model_validator(mode="after")
    def _check_restriction(self) -> Self:
        if self.restrict and self.reading == "open":
            raise ValueError('"restrict": true asks for a login; leave out "reading": "open"')
        without = [n for n, user in self.users.items() if user.role == "reader" and not user.owners]
        if self.restrict and without:
            raise ValueError(
                f'with "restrict": true a reader sees the clients of its owners; give {without[0]} '
                'owners, or ["*"] for every client'
            )
        return self


@dataclass(frozen=True, slots=True)
class Accounts:
    """The users who may record, and who logs in how."""

    is_reading_open: bool = True
    key: bytes | None = field(default=None, repr=False)
    """Signs the forms; every worker has the same. None: recording is off."""
    passwords: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """User -> bcrypt hash."""
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """User -> the owners of its clients."""
    writers: frozenset[str] = frozenset()
    """Users who record for their clients."""
    scrapers: frozenset[str] = frozenset()
    """Users who read every client's series, and with `is_restricted` nothing else."""
    is_restricted: bool = False
    """Whether each user sees its own clients only."""
    proxy: TrustedProxy | None = None
    files: tuple[Path, ...] = ()

    def may_write(self, user: str, owner: str) -> bool:
        """Return whether a user records for the clients of an owner.

        >>> owners = {"anna": frozenset({"team-a"}), "eve": frozenset({"*"})}
        >>> accounts = Accounts(owners=owners, writers=frozenset({"anna", "eve"}))
        >>> [accounts.may_write(user, "team-a") for user in ("anna", "eve", "mallory")]
        [True, True, False]
        >>> accounts.may_write("anna", "team-b"), accounts.may_write("eve", "team-b")
        (False, True)
        """
        own = self.owners.get(user, frozenset())
        return user in self.writers and not own.isdisjoint({owner, EVERY_OWNER})

    def own(self, user: str) -> frozenset[str]:
        """Return the owners of a user's own clients; none for who has every client.

        >>> accounts = Accounts(owners={"anna": frozenset({"team-a"}), "eve": frozenset({"*"})})
        >>> sorted(accounts.own("anna")), sorted(accounts.own("eve")), sorted(accounts.own("rob"))
        (['team-a'], [], [])
        """
        return self.owners.get(user, frozenset()) - {EVERY_OWNER}


def read_accounts(file: Path) -> Accounts:
    """Return the accounts of a file; raises `RapportError` with file, line and key."""
    check_private(file, SUBJECT)
    document = _parse_json(read_text(file, SUBJECT, AccountsError), str(file))
    content = validate(_File, document, AccountsError, secret=True)
    key_file = file.parent / content.key_file
    key = secret_of_file(key_file, "key_file")
    if len(key) < KEY_CHARACTERS_MIN:
        raise AccountsError(
            f"key_file {key_file} has under {KEY_CHARACTERS_MIN} characters; make one with "
            "`openssl rand -base64 33`"
        )
    users = content.users
    return Accounts(
        is_reading_open=content.reading == "open",
        key=key.encode(),
        passwords={
            name: user.password_hash.encode() for name, user in users.items() if user.password_hash
        },
        owners={name: frozenset(user.owners) for name, user in users.items() if user.owners},
        writers=frozenset(name for name, user in users.items() if user.role == "writer"),
        scrapers=frozenset(name for name, user in users.items() if user.role == "metrics"),
        is_restricted=content.restrict,
        proxy=None if content.proxy is None else _proxy(content.proxy, file.parent),
        files=tuple(
            file.parent / name
            for name in (content.key_file, content.proxy and content.proxy.secret_file)
            if name
        ),
    )


def _proxy(section: _Proxy, directory: Path) -> TrustedProxy:
    secret = None
    if section.secret_file is not None:
        secret = secret_of_file(directory / section.secret_file, "secret_file").encode()
        if len(secret) < KEY_CHARACTERS_MIN:
            raise AccountsError(
                f"secret_file {directory / section.secret_file} has under {KEY_CHARACTERS_MIN} "
                "characters; make one with `openssl rand -base64 33`"
            )
    return TrustedProxy(
        peers=tuple(map(ip_network, section.peers)),
        user_header=section.user_header,
        secret_header=section.secret_header,
        secret=secret,
        certificate_names=frozenset(section.certificate_names),
    )


def _parse_json(text: str, name: str) -> Document:
    """Return a JSON document; raises `AccountsError` without a quote of it: it may hold secrets."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise AccountsError(f"{name}: a key is there twice in one object; keep one")
        return found

    try:
        values = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise AccountsError(f"{name} is not JSON: {error.msg} (at line {error.lineno})") from None
    except (ValueError, RecursionError) as error:
        raise AccountsError(f"{name} is not JSON: {type(error).__name__}") from None
    if not isinstance(values, dict):
        raise AccountsError(f"{name}: the document must be an object of keys and values")
    return Document(name, values, lambda: _lines(text))


def _lines(text: str) -> dict[Location, int]:
    """Return the line of each key: JSON is YAML, whose parser knows lines."""
    lines: dict[Location, int] = {}

    def visit(node: yaml.Node, path: Location) -> None:
        lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                lines[*path, key.value] = key.start_mark.line + 1
                visit(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                visit(value, (*path, index))

    try:
        node = yaml.compose(text, yaml.SafeLoader)
        if node is not None:
            visit(node, ())
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return lines

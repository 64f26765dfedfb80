"""A broker that asks for TLS, a password and rights, and the files that its clients need."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from rapport.devkit.kafka.broker import Broker, free_port
from rapport.devkit.kafka.security import BrokerSecurity

PASSWORDS = {
    "admin": "admin-Sesam-0",
    "worker": 'worker-"Sesam"-1',
    "publisher": "publisher-Sesam-2",
    "setup": "setup-Sesam-3",
    "limited": "limited-Sesam-4",
}


class Certificates:
    """An authority of the tests, and what it signed, as PEM files."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.authority = trustme.CA()
        self.ca_file = directory / "ca.pem"
        self.authority.cert_pem.write_to_path(self.ca_file)

    def issue(self, name, *identities):
        """Return (certificate file, private key file) for the identities."""
        issued = self.authority.issue_cert(*identities)
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        key.touch(mode=0o600)
        # Kafka reads no other format of keys.
        loaded = load_pem_private_key(issued.private_key_pem.bytes(), None)
        key.write_bytes(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, key


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def untrusted(tmp_path_factory):
    """A certificate authority outside of every truststore."""
    return Certificates(tmp_path_factory.mktemp("untrusted"))


@pytest.fixture(scope="session")
def secured(tmp_path_factory, certificates):
    """One broker for all tests of this folder."""
    directory = tmp_path_factory.mktemp("secured-kafka")
    certificate, key = certificates.issue("broker", "127.0.0.1")
    identity = directory / "identity.pem"
    identity.touch(mode=0o600)
    identity.write_bytes(key.read_bytes() + certificate.read_bytes())
    security = BrokerSecurity(
        identity, certificates.ca_file, "admin", PASSWORDS, certificate_port=free_port()
    )
    with Broker(directory / "data", security=security) as broker:
        broker.certificate_bootstrap = f"127.0.0.1:{security.certificate_port}"
        yield broker


class Configs:
    """Writes Kafka client configurations for the secured broker."""

    def __init__(self, directory, broker, certificates):
        self.directory, self.broker, self.certificates = directory, broker, certificates

    def write(self, user, *, name=None, password=None, tls=None, sasl=None, bootstrap=None):
        """Return the file for a user; `tls` and `sasl` replace the lines of their tables."""
        name = name or user
        secret = self.directory / f"{name}.password"
        secret.touch(mode=0o600)
        secret.write_text((password or PASSWORDS[user]) + "\n")
        if tls is None:
            tls = [f'ca_file = "{self.certificates.ca_file}"']
        if sasl is None:
            sasl = [
                'mechanism = "SCRAM-SHA-512"',
                f'username = "{user}"',
                f'password_file = "{secret.name}"',
            ]
        lines = [f'bootstrap = "{bootstrap or self.broker.bootstrap}"']
        lines += ["[tls]", *tls] if tls is not False else []
        lines += ["[sasl]", *sasl] if sasl is not False else []
        path = Path(self.directory / f"{name}.toml")
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return path


@pytest.fixture
def configs(tmp_path, secured, certificates):
    return Configs(tmp_path, secured, certificates)

"""An embedded broker that lets nobody in without TLS, a password and a right (an ACL).

For tests and for trying a configuration out: its controller listens on loopback without a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MECHANISM: Final = "SCRAM-SHA-512"
LOGIN: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True, slots=True)
class BrokerSecurity:
    """The broker's certificate with its PKCS#8 key (one PEM file), whom it trusts, and its users.

    `users` are name -> password; the user `super_user` may do everything, any other only what an
    ACL allows. On `certificate_port`, when it is not 0, a client certificate is the only way in.
    """

    identity_file: Path
    ca_file: Path
    super_user: str
    users: Mapping[str, str] = field(repr=False)
    certificate_port: int = 0

    def properties(self, port: int, controller_port: int) -> dict[str, str]:
        """Return what differs in the server's properties; they hold the super user's password."""
        password = self.users[self.super_user]
        clients = [f"CLIENT://127.0.0.1:{port}"]
        if self.certificate_port:
            clients.append(f"CERTIFICATE://127.0.0.1:{self.certificate_port}")
        return {
            "listeners": ",".join([*clients, f"CONTROLLER://127.0.0.1:{controller_port}"]),
            "advertised.listeners": ",".join(clients),
            "listener.security.protocol.map": (
                "CLIENT:SASL_SSL,CERTIFICATE:SSL,CONTROLLER:PLAINTEXT"
            ),
            "inter.broker.listener.name": "CLIENT",
            "sasl.mechanism.inter.broker.protocol": MECHANISM,
            "sasl.enabled.mechanisms": MECHANISM,
            f"listener.name.client.{MECHANISM.lower()}.sasl.jaas.config": (
                f'{LOGIN} required username="{self.super_user}" password="{password}";'
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.identity_file),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca_file),
            # Kafka heeds this on a listener with passwords only when it is set for it by name.
            "listener.name.client.ssl.client.auth": "requested",
            "listener.name.certificate.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The controller's own requests arrive without a name, on its listener only.
            "super.users": f"User:{self.super_user};User:ANONYMOUS",
        }

    def format_arguments(self) -> str:
        """Return arguments of the format tool, one a line: for a file, as they hold passwords."""
        return "".join(
            f"--add-scram\n{MECHANISM}=[name={name},password={password}]\n"
            for name, password in self.users.items()
        )

"""An embedded broker that requires TLS, a password and a right (an ACL).

For tests and to try a configuration: its controller listens on loopback without a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MECHANISM: Final = "SCRAM-SHA-512"
LOGIN: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True, slots=True)
class BrokerSecurity:
    """The broker's certificate with its PKCS#8 key (one PEM file), its CA, and its users.

    `users` are name -> password; `super_user` may do everything, any other user what an ACL allows.
    A `certificate_port` other than 0 requires a client certificate instead of a password.
    """

    identity_file: Path
    ca_file: Path
    super_user: str
    users: Mapping[str, str] = field(repr=False)
    certificate_port: int = 0

    def properties(self, port: int, controller_port: int) -> dict[str, str]:
        """Return additional server properties; they contain the super user's password."""
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
            # On a listener with passwords, Kafka reads this only under the listener's name.
            "listener.name.client.ssl.client.auth": "requested",
            "listener.name.certificate.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # Requests of the controller are anonymous, on its listener only.
            "super.users": f"User:{self.super_user};User:ANONYMOUS",
        }

    def format_arguments(self) -> str:
        """Return arguments of the format tool, one per line, for a file: they contain passwords."""
        return "".join(
            f"--add-scram\n{MECHANISM}=[name={name},password={password}]\n"
            for name, password in self.users.items()
        )

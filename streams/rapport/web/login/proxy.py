"""A proxy that logs users in, and names them in a header, as oauth2-proxy does.

The header counts only from a listed address, together with a shared secret or a client certificate:
every other program that reaches the port could write it too.
"""

import hmac
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from aiohttp import web

USER_CHARACTERS_MAX: Final = 128
Network = IPv4Network | IPv6Network


class ProxyError(Exception):
    """A request names its user in the proxy's header, and is not the proxy's."""


@dataclass(frozen=True, slots=True)
class TrustedProxy:
    """One proxy: from where it connects, and how it proves who it is."""

    peers: tuple[Network, ...]
    user_header: str
    secret_header: str
    secret: bytes | None = field(repr=False)
    certificate_names: frozenset[str] = frozenset()
    """Common names of client certificates; the TLS settings say which authority issues them."""

    def user_of(self, request: web.Request) -> str | None:
        """Return the user that the proxy logged in; None when the request names no user.

        Raises `ProxyError` when the header is there, and not from the proxy.
        """
        names = request.headers.getall(self.user_header, [])
        if not names:
            return None
        if len(names) > 1:
            raise ProxyError(f"{self.user_header} is there {len(names)} times")
        if not self._is_peer(request):
            raise ProxyError(f"{self.user_header} is not believed from this address")
        if not (self._has_secret(request) or self._has_certificate(request)):
            raise ProxyError(f"{self.user_header} comes without the proxy's secret or certificate")
        name = names[0].strip()
        if not 0 < len(name) <= USER_CHARACTERS_MAX or not name.isprintable():
            raise ProxyError(f"{self.user_header} holds no name")
        return name

    def _is_peer(self, request: web.Request) -> bool:
        peer = _extra(request, "peername")
        if not isinstance(peer, tuple):
            return False
        address = ip_address(peer[0].partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self.peers)

    def _has_secret(self, request: web.Request) -> bool:
        presented = request.headers.getall(self.secret_header, [])
        if self.secret is None or len(presented) != 1:
            return False
        return hmac.compare_digest(presented[0].encode(errors="surrogateescape"), self.secret)

    def _has_certificate(self, request: web.Request) -> bool:
        certificate = _extra(request, "peercert") or {}
        names = {
            value
            for relative in certificate.get("subject", ())
            for key, value in relative
            if key == "commonName"
        }
        return bool(names & self.certificate_names)


def _extra(request: web.Request, name: str) -> Any:
    return None if request.transport is None else request.transport.get_extra_info(name)

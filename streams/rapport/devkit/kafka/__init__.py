"""A real Kafka broker on this machine."""

from rapport_schemas.faces import lazy

__all__ = ["Broker", "BrokerError", "BrokerSecurity", "JarsError", "free_port", "install_jars"]
__getattr__ = lazy(
    __name__,
    {
        "Broker": "broker",
        "BrokerError": "broker",
        "BrokerSecurity": "security",
        "JarsError": "jars",
        "free_port": "broker",
        "install_jars": "jars",
    },
)

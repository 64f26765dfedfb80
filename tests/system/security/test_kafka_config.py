"""The Kafka client configuration: what is read, what is refused; no text shows a secret."""

import pytest

from rapport.kafka.config_file import read_kafka_config
from rapport.kafka.connection import Kafka
from rapport_schemas.wire.errors import RapportError

SASL = '[sasl]\nmechanism = "SCRAM-SHA-512"\nusername = "me"\n'


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="kafka.toml", mode=0o600):
        file = tmp_path / name
        file.touch(mode=0o600)
        file.write_text(text)
        file.chmod(mode)
        return file

    return write_file


def test_without_a_file_it_is_the_given_address_or_loopback():
    assert read_kafka_config(None, None) == Kafka("127.0.0.1:9092")
    assert read_kafka_config("kafka:9092", None).security == {"security_protocol": "PLAINTEXT"}


@pytest.mark.parametrize(
    ("tables", "protocol"),
    [
        ("", "PLAINTEXT"),
        ("[tls]\n", "SSL"),
        (SASL + 'password_file = "p"\n', "SASL_PLAINTEXT"),
        ("[tls]\n" + SASL + 'password_file = "p"\n', "SASL_SSL"),
    ],
)
def test_the_tables_decide_the_protocol(write, tables, protocol):
    write("geheim\n", "p")
    kafka = read_kafka_config(None, write('bootstrap = "a:1,b:2"\n' + tables))
    assert (kafka.bootstrap, kafka.protocol) == ("a:1,b:2", protocol)
    assert kafka.aiokafka["bootstrap_servers"] == ["a:1", "b:2"]
    assert kafka.security.get("sasl_plain_password") == ("geheim" if "SASL" in protocol else None)
    assert read_kafka_config("c:3", kafka.file).bootstrap == "c:3"
    assert "geheim" not in repr(kafka)


def test_a_password_comes_from_the_environment_by_name(write, monkeypatch):
    file = write(SASL + 'password_env = "MY_KAFKA_PASSWORD"\n')
    with pytest.raises(RapportError, match="environment variable MY_KAFKA_PASSWORD is not set"):
        read_kafka_config(None, file)
    monkeypatch.setenv("MY_KAFKA_PASSWORD", "geheim")
    assert read_kafka_config(None, file).security["sasl_plain_password"] == "geheim"  # noqa: S105 # of the test


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bootstrap = 3", r"bootstrap \(line 1\): input should be a valid string"),
        ("[tls", "is not TOML: .*line 1"),
        ("tls = true", r"tls \(line 1\): must be a table"),
        (
            '[tls]\nca = "x"',
            r"tls\.ca \(line 2\): unknown key; allowed keys: ca_file, cert_file, key_file",
        ),
        ('[tls]\nca_file = "none.pem"', r"ca_file .*none\.pem holds no certificates"),
        ('[tls]\nkey_file = "open"', "key_file without cert_file"),
        (SASL, "needs password_file or password_env, one of the two"),
        (SASL + 'password = "geheim"', "holds the password itself; write it to a file of its own"),
        (SASL + 'password_file = "none"', "password_file .*none cannot be read: No such file"),
        (SASL + 'password_file = "empty"', "password_file .*empty is empty"),
        (SASL + 'password_file = "open"', "open can be read .* every user .*mode 0644.*chmod o="),
        (
            SASL.replace("SCRAM-SHA-512", "MD5"),
            r"mechanism \(line 2\): input should be 'SCRAM-SHA-512', 'SCR",
        ),
        (
            SASL.replace('"me"', '""') + 'password_file = "p"',
            r"sasl\.username \(line 3\): string should have at least 1 character",
        ),
        (
            SASL.replace("SCRAM-SHA-512", "PLAIN") + 'password_file = "p"',
            "mechanism PLAIN without .tls. sends the password for all to read",
        ),
    ],
)
def test_an_error_comes_with_what_to_do(write, text, expected):
    write("geheim", "p")
    write("", "empty")
    write("geheim", "open", mode=0o644)
    with pytest.raises(RapportError, match=expected) as caught:
        read_kafka_config(None, write(text))
    assert "geheim" not in str(caught.value)


def test_a_configuration_that_everybody_can_read_is_refused(write):
    with pytest.raises(RapportError, match=r"the Kafka configuration .*mode 0604"):
        read_kafka_config(None, write("", mode=0o604))

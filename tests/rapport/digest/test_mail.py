"""A digest by mail, through a real SMTP server with TLS and a password; and what is refused."""

import email
import json
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from types import SimpleNamespace

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from typer import Typer
from typer.testing import CliRunner

from rapport.cli.watch.digest import digest
from rapport.devkit.kafka.broker import free_port
from rapport.digest.config_file import MailConfig, read_mail_config
from rapport.digest.html import html_of
from rapport.digest.mail import MailError, mail_of, send
from rapport.digest.page import DigestItem, DigestPage, DigestSection
from rapport.digest.text import text_of
from rapport.runtime.secrets import Secret
from rapport_schemas.wire.errors import RapportError

PASSWORD = "geheim*** 100%"  # noqa: S105 # of the tests' own server
VARIABLE = "RAPPORT_SMTP_PASSWORD"
ITEM = DigestItem("Bibliothèque", "Act now", "https://r.example/pages/b", ("Why.", "Next step: x."))
PAGE = DigestPage(
    *("en", "Rapport 30 Nov 2026: 1 client needs action now", "Your client", ("1 Act now",)),
    (DigestSection("Do this first", (ITEM,), ""),),
    *("All clients", "https://r.example/"),
)
AT = datetime(2026, 11, 30, 7, tzinfo=UTC)
app = Typer()
app.command()(digest)


class Mailbox:
    """Keeps every mail, with its user and whether it came encrypted; refuses one address."""

    def __init__(self):
        self.kept = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 # aiosmtpd's name
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 # aiosmtpd's name
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.kept.append((mail, envelope.rcpt_tos, session.auth_data, encrypted))
        return "250 kept"


def authenticate(_server, _session, _envelope, _mechanism, data):
    right = (data.login, data.password) == (b"rapport", PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=data.login if right else None)


class Encrypted(Controller):
    """A server that speaks TLS from the first byte, as at port 465."""

    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def start(authority, tmp_path):
    """Start a mail server of a kind; return its mailbox and the settings that fit it."""
    controllers = []
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)

    def started(security="starttls", *, login=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        mailbox, port = Mailbox(), free_port()
        options = {"hostname": "localhost", "port": port, "authenticator": authenticate}
        options["auth_required"] = login
        if security == "tls":
            controller = Encrypted(mailbox, ssl_context=context, auth_require_tls=False, **options)
        elif security == "starttls":
            controller = Controller(mailbox, tls_context=context, require_starttls=True, **options)
        else:
            controller = Controller(mailbox, auth_require_tls=False, **options)
        controller.start()
        controllers.append(controller)
        config = MailConfig("localhost", port, "rapport@example.org", security, ca_file)
        if login:
            config = replace(config, username="rapport", password=Secret(PASSWORD))
        return SimpleNamespace(kept=mailbox.kept, config=config)

    yield started
    for one in controllers:
        one.stop()


def mail(*to):
    return mail_of(PAGE, "rapport@example.org", to or ("relations@example.org",), AT)


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_mail_arrives_whole_with_the_password(start, security):
    server = start(security)
    send(mail("relations@example.org", "head@example.org"), server.config)
    ((got, to, user, encrypted),) = server.kept
    assert to == ["relations@example.org", "head@example.org"]
    assert user == b"rapport"
    assert encrypted == (security != "none")
    assert got["Subject"] == PAGE.subject
    assert got["From"] == "Rapport <rapport@example.org>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime == AT
    assert got["Message-ID"].endswith("@example.org>")
    assert got.get_content_type() == "multipart/alternative"
    text, html = got.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == text_of(PAGE)
    assert html.get_content().replace("\r\n", "\n").strip() == html_of(PAGE).strip()


def test_a_server_without_a_password_gets_none(start):
    server = start("starttls", login=False)
    send(mail(), server.config)
    assert [user for _, _, user, _ in server.kept] == [None]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"password": Secret("wrong")}, "refuses the user 'rapport' or the password .535"),
        ({"password": Secret("wächter")}, "ASCII"),
        ({"ca_file": None}, "certificate of localhost:.* is not trusted .*; name its authority"),
        ({"host": "127.0.0.1"}, "certificate of 127.0.0.1:.* is not trusted"),
        ({"security": "tls"}, "no mail server answers at localhost:.*check server and security"),
        ({"security": "none"}, "cannot do what is asked|refuses the mail"),
        ({"port": 1}, "no mail server answers at localhost:1"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(*value),
)
def test_a_server_that_refuses_is_named_with_what_to_do(start, changes, message):
    server = start()
    with pytest.raises(MailError, match=message) as refused:
        send(mail(), replace(server.config, **changes))
    assert PASSWORD not in str(refused.value)
    assert server.kept == []


def test_a_server_without_tls_gets_neither_mail_nor_password(start):
    server = start("none")
    with pytest.raises(MailError, match="STARTTLS extension not supported"):
        send(mail(), replace(server.config, security="starttls"))
    assert server.kept == []


def test_an_address_that_is_refused_is_named_and_the_others_get_the_mail(start):
    server = start()
    with pytest.raises(MailError, match=r"sent, but .* refuses nobody@example\.org .550 no such"):
        send(mail("nobody@example.org", "relations@example.org"), server.config)
    assert [to for _, to, _, _ in server.kept] == [["relations@example.org"]]
    with pytest.raises(MailError, match=r"refuses every recipient: nobody@example\.org"):
        send(mail("nobody@example.org"), server.config)


def configured(directory, config, **changes):
    """Write the files of a mail server's settings."""
    (directory / "password").write_text(PASSWORD + "\n")
    (directory / "password").chmod(0o600)
    lines = {
        "server": f"{config.host}:{config.port}",
        "from": config.sender,
        "ca_file": "ca.pem",
        "username": "rapport",
        "password_file": "password",
    } | changes
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items() if value)
    file = directory / "mail.toml"
    file.write_text(f'pages = "https://rapport.example.org"\n[smtp]\n{text}')
    file.chmod(0o600)
    return file


NOWHERE = MailConfig("smtp.example.org", 587, "rapport@example.org", "starttls")


def test_the_file_has_the_server_the_password_and_the_address_of_the_pages(tmp_path, monkeypatch):
    config = read_mail_config(configured(tmp_path, NOWHERE))
    assert (config.host, config.port, config.security) == ("smtp.example.org", 587, "starttls")
    assert (config.ca_file, config.pages) == (tmp_path / "ca.pem", "https://rapport.example.org")
    assert "".join(config.password) == PASSWORD
    assert PASSWORD not in repr(config)
    monkeypatch.setenv(VARIABLE, "other")
    file = configured(tmp_path, NOWHERE, password_file=None, password_env=VARIABLE)
    assert "".join(read_mail_config(file).password) == "other"
    file = configured(tmp_path, NOWHERE, server="[::1]:25")
    assert (read_mail_config(file).host, read_mail_config(file).port) == ("::1", 25)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"password": PASSWORD}, "it holds the password itself"),
        ({"server": "smtp.example.org"}, "server .line 3"),
        ({"security": "ssl"}, "security .line 8"),
        ({"security": "none"}, "sends the password for all to read"),
        ({"password_env": "X"}, "one of the two"),
        ({"password_file": None}, "username needs password_file or password_env"),
        ({"username": None}, "username needs"),
        ({"from": "nobody"}, "from .line 4"),
        ({"sender": "x@y"}, "sender .line 8"),
    ],
    ids=str,
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path, changes, message):
    with pytest.raises(RapportError, match=message) as refused:
        read_mail_config(configured(tmp_path, NOWHERE, **changes))
    assert PASSWORD not in str(refused.value)


def test_a_file_that_others_can_read_is_refused(tmp_path):
    file = configured(tmp_path, NOWHERE)
    (tmp_path / "password").chmod(0o644)
    with pytest.raises(RapportError, match="can be read or written by every user"):
        read_mail_config(file)


ROUTING = """
grafana_url = "https://grafana.example.org"
pipeline = "operations"
others = "management"
[smtp]
smarthost = "smtp.example.org:587"
from = "rapport@example.org"
[[team]]
name = "operations"
email = "operations@example.org"
[[team]]
name = "management"
email = "management@example.org"
[[team]]
name = "relations"
owners = ["team-a", "team-of-nobody"]
language = "nl"
email = "relations@example.org"
"""


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def url(world, serve):
    return serve(*world())


def test_the_command_prints_text_html_and_json_of_the_same_clients(url):
    text = run("--week", "--url", url, "--owner", "team-a").stdout
    html = run("--week", "--url", url, "--owner", "team-a", "--html").stdout
    found = json.loads(run("--week", "--url", url, "--owner", "team-a", "--json").stdout)
    assert text.startswith("Your 2 clients: what changed since 25 Sept 2024\n")
    assert {one["name"] for one in found["clients"]} == {"Libraries", "Parks"}
    for name in ("Libraries", "Parks"):
        assert f"- {name} (" in text
        assert f"<bdi>{name}</bdi>" in html
    assert f'href="{url}/pages/libraries?lang=en"' in html
    assert "since 18 Sept" in run("--since", "2w", "--url", url).stdout
    assert "since 1 Oct" in run("--url", url).stdout
    assert "Uw 5 klanten" in run("--url", url, "--lang", "nl").stdout


def test_control_characters_of_a_name_do_not_reach_the_terminal(world, serve):
    url = serve(*world(names={"libraries": "Lib\x1b[31mraries"}))
    shown = run("--week", "--url", url).stdout
    assert "\x1b" not in shown
    assert r"Lib\x1b[31mraries" in shown


def test_a_digest_is_sent_to_an_address(start, url, tmp_path):
    server = start()
    file = configured(tmp_path, server.config)
    ran = run("--week", "--url", url, "--owner", "team-a", "--mail", file, "--to", "a@example.org")
    assert (ran.exit_code, ran.stdout.startswith("sent to a@example.org: Rapport 2 Oct")) == (
        0,
        True,
    )
    ((got, to, _, _),) = server.kept
    text = got.get_body(("plain",)).get_content()
    assert to == ["a@example.org"]
    assert "Libraries" in text
    assert "Housing" not in text
    # Readers of a mail cannot reach the address with which the command asked the worker.
    assert "https://rapport.example.org/pages/libraries?lang=en" in got.get_body().get_content()
    assert "127.0.0.1" not in got.as_string()


def test_each_team_gets_the_digest_of_its_clients_in_its_language(start, url, tmp_path):
    server = start()
    teams = tmp_path / "routing.toml"
    teams.write_text(ROUTING)
    file = configured(tmp_path, server.config)
    ran = run("--week", "--url", url, "--mail", file, "--teams", teams)
    assert ran.exit_code == 0, ran.output
    texts = {to[0]: got.get_body(("plain",)).get_content() for got, to, _, _ in server.kept}
    assert texts.keys() == {"management@example.org", "relations@example.org"}
    assert "Uw 2 klanten" in texts["relations@example.org"]
    assert "Your 3 clients" in texts["management@example.org"]
    assert "Housing" in texts["management@example.org"]


def test_a_mail_that_fails_does_not_keep_the_others_back(start, url, tmp_path):
    server = start()
    teams = tmp_path / "routing.toml"
    teams.write_text(ROUTING.replace("management@example.org", "nobody@example.org"))
    file = configured(tmp_path, server.config)
    ran = run("--week", "--url", url, "--mail", file, "--teams", teams)
    assert isinstance(ran.exception, RapportError)
    assert "nobody@example.org: " in str(ran.exception)
    assert [to for _, to, _, _ in server.kept] == [["relations@example.org"]]


def test_two_workers_are_asked_for_one_digest_and_one_alone_is_said_to_be_a_part(world, serve):
    one, other = serve(*world("arts", "parks")), serve(*world("libraries", "housing", "quiet"))
    part = run("--week", "--url", one)
    assert "3 of 5 clients are missing" in part.stderr
    assert "3 clients are missing" in part.stdout
    whole = run("--week", "--url", one, "--url", other)
    assert whole.stderr == ""
    assert whole.stdout.startswith("Your 5 clients")

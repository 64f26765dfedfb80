"""Who is logged in: by a password or by a trusted proxy, and nobody by a header of their own."""

import http.client
import json
import time

import bcrypt
import pytest

from rapport.web.login.accounts import AccountsError, read_accounts
from rapport_schemas.wire.errors import RapportError

PATH = "/pages/finance/record/settled"
SECRET = "s" * 44
USER = "X-Forwarded-User"
PROOF = "X-Rapport-Proxy-Secret"
PROXY = {"peers": ["127.0.0.0/8"], "secret_file": "proxy-secret"}


def seconds_until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def behind_proxy(serve, write_web_json, write_file):
    write_file("proxy-secret", SECRET + "\n")
    return serve(write_web_json(proxy=PROXY))


def test_a_proxy_names_the_user_and_the_forms_are_that_users(behind_proxy):
    headers = {USER: "anna", PROOF: SECRET}
    assert behind_proxy.ask("GET", PATH, headers=headers)[0] == 200
    assert behind_proxy.ask("GET", PATH, headers={**headers, USER: "rob"})[0] == 403
    assert behind_proxy.ask("GET", PATH, headers={**headers, USER: "stranger"})[0] == 403
    assert behind_proxy.ask("GET", PATH, headers={PROOF: SECRET})[0] == 401
    assert behind_proxy.ask("GET", PATH, "anna")[0] == 200, "a password still counts"


@pytest.mark.parametrize(
    "lines",
    [
        [(USER, "anna")],
        [(USER, "anna"), (PROOF, "")],
        [(USER, "anna"), (PROOF, "t" * 44)],
        [(USER, "anna"), (PROOF, SECRET), (PROOF, SECRET)],
        [(USER, "anna"), (USER, "anna"), (PROOF, SECRET)],
        [(USER, "anna"), (USER, "eve"), (PROOF, SECRET)],
        [(USER, ""), (PROOF, SECRET)],
        [(USER, "a" * 129), (PROOF, SECRET)],
        [(USER, "an\tna"), (PROOF, SECRET)],
    ],
    ids=str,
)
def test_a_header_that_anybody_could_write_is_401_for_every_page(behind_proxy, lines):

    for path in (PATH, "/healthz"):
        connection = http.client.HTTPConnection("127.0.0.1", behind_proxy.port, timeout=20)
        connection.putrequest("GET", path)
        for name, value in lines:
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == 401
        connection.close()


def test_the_secret_counts_from_a_listed_address_alone(serve, write_web_json, write_file):
    write_file("proxy-secret", SECRET)
    elsewhere = serve(write_web_json(proxy={**PROXY, "peers": ["10.0.0.0/8", "::1"]}))
    assert elsewhere.ask("GET", PATH, headers={USER: "anna", PROOF: SECRET})[0] == 401


def test_without_a_proxy_its_header_means_nothing(forms):
    assert forms.ask("GET", PATH, headers={USER: "anna", PROOF: SECRET})[0] == 401
    assert forms.ask("GET", "/healthz", headers={USER: "anna"})[0] == 200


def test_reading_asks_for_a_login_unless_it_is_left_open(serve, write_web_json):
    closed = serve(write_web_json(reading="login"))
    for path in ("/", "/metrics", "/clients", "/healthz", PATH):
        assert closed.ask("GET", path)[0] == 401
    assert closed.ask("GET", "/healthz", "rob")[0] == 200


def test_users_of_prometheus_own_format_close_every_page_and_record_by_web_json(
    serve, write_web_json, write_file
):
    hashed = bcrypt.hashpw(b"wrong", bcrypt.gensalt(4)).decode()
    config = write_file("web.yml", f"basic_auth_users:\n  prom: {hashed}\n  carl: {hashed}\n")
    users = {"carl": {"role": "writer", "owners": ["team-a"]}}
    server = serve(write_web_json(users=users), config)
    assert server.ask("GET", "/healthz")[0] == 401
    assert server.ask("GET", "/healthz", "prom")[0] == 200
    assert server.ask("GET", PATH, "prom")[0] == 403
    assert server.ask("GET", PATH, "carl")[0] == 200


def test_accounts_that_change_count_at_once_and_wrong_ones_change_nothing(
    serve, write_web_json, caplog
):
    server = serve(write_web_json())
    assert server.ask("GET", PATH, "anna")[0] == 200
    write_web_json(users={"rob": {"role": "reader"}})
    seconds_until(
        lambda: server.ask("GET", PATH, "anna")[0] == 401 or not server.auth.accounts.owners
    )
    file = write_web_json()
    seconds_until(lambda: server.ask("GET", PATH, "anna")[0] == 200)
    file.write_text("[" * 3_000)
    seconds_until(lambda: "the accounts file stays as it was" in caplog.text)
    assert server.ask("GET", PATH, "anna")[0] == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"user": {}}, r"user \(line \d+\): unknown key \(did you mean users\?\)"),
        ({"users": {}}, r"users .*at least 1"),
        ({"users": {"a b": {"role": "reader"}}}, r"users\.a b"),
        ({"users": {"anna": {"role": "writer"}}}, r"users\.anna \(line \d+\): a writer has owners"),
        ({"users": {"prom": {"role": "metrics", "owners": ["*"]}}}, "and has no owners"),
        (
            {"users": {"anna": {"role": "root", "owners": ["*"]}}},
            r"'reader', 'writer' or 'metrics'",
        ),
        ({"restrict": True}, '"restrict": true asks for a login'),
        ({"restrict": True, "reading": "login"}, r"a reader sees .*; give rob owners"),
        ({"restrict": "yes"}, r"restrict \(line \d+\)"),
        ({"users": {"anna": {"role": "reader", "password_hash": "plain"}}}, "no bcrypt hash"),
        ({"reading": "closed"}, r"reading \(line \d+\): input should be 'login' or 'open'"),
        ({"key_file": "nowhere"}, r"key_file .*nowhere cannot be read"),
        ({"proxy": {"peers": ["127.0.0.1"]}}, "the proxy proves itself with secret_file"),
        ({"proxy": {**PROXY, "peers": ["proxy.example"]}}, r"proxy\.peers\.0"),
        ({"proxy": {**PROXY, "user_header": "a b"}}, r"proxy\.user_header"),
        ({"proxy": {**PROXY, "secret_file": "key-that-is-short"}}, "under 32 characters"),
    ],
    ids=str,
)
def test_an_accounts_file_that_is_not_understood_is_refused_with_the_place(
    write_web_json, write_file, changes, expected
):
    write_file("key-that-is-short", "short")
    write_file("proxy-secret", SECRET)
    with pytest.raises(RapportError, match=expected) as refused:
        read_accounts(write_web_json(**changes))
    assert "plain" not in str(refused.value)


def test_a_key_twice_and_a_file_for_all_to_read_are_refused(write_web_json):
    file = write_web_json()
    text = file.read_text()
    file.write_text(text.replace('"reading"', '"reading": "open", "reading"', 1))
    with pytest.raises(AccountsError, match="a key is there twice"):
        read_accounts(file)
    file.write_text(json.dumps(json.loads(text)))
    assert read_accounts(file).may_write("anna", "team-a")
    for name in ("key", "web.json"):
        (file.parent / name).chmod(0o644)
        with pytest.raises(RapportError, match="can be read or written by every user"):
            read_accounts(file)
        (file.parent / name).chmod(0o600)


def test_a_user_with_owners_is_led_to_their_clients_and_links_to_the_fleet_stay(forms):
    status, headers, _ = forms.ask("GET", "/", "anna")
    assert (status, headers["Location"]) == (302, "/today")
    for user, path in (("anna", "/?lang=en"), ("eve", "/"), ("rob", "/"), (None, "/")):
        assert forms.ask("GET", path, user)[0] == 503, "the fleet's page, of a worker that starts"

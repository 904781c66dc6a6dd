# SPDX-License-Identifier: Apache-2.0
"""Cases W, the rest: answers that come late, for another login, from where nobody was asked, or with what
was never asked for.  Each ends with its twin: the same login with a right answer succeeds."""

import base64
import socket

import pytest

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from relying_party import query_of
from test_wallet import (  # noqa: F401
    NUMBER, PERSONAS, Login, authority, issuer, no_session, refused, wallet_settings)

LIFE_S = 300  # of a request object
QR_S = 120


@pytest.fixture(scope="module")
def vp_gateway(tmp_path_factory, authority):  # noqa: F811
    folder = tmp_path_factory.mktemp("late")
    with Gateway(folder, wallet_settings(folder, authority)) as running:
        running.apply("person", PERSONAS)
        yield running


@pytest.fixture(scope="module")
def rp(vp_gateway):
    return client(vp_gateway, "late-rp", jwt_tools.ec_key())


@pytest.fixture
def login(vp_gateway, rp, issuer):  # noqa: F811
    return Login(vp_gateway, rp, issuer)


@pytest.fixture
def other(vp_gateway, issuer):  # noqa: F811
    """A login of somebody else at another service."""
    return Login(vp_gateway, client(vp_gateway, "late-other", jwt_tools.ec_key()), issuer)


@pytest.mark.parametrize("what", ["answer", "error"])
def test_W01_W22_after_its_life(login, what):
    request = login.wallet.request(login.link)
    form = login.wallet.answer(request) if what == "answer" else {
        "error": "access_denied", "state": request["state"]}
    with login.gateway.clock(LIFE_S + 2):
        refused(login.wallet.post(request, form))
    no_session(login)
    login.succeeds()


def test_W01_the_state_of_another_login(login, other):
    """Neither its state, nor its key, nor its nonce."""
    mine, theirs = login.wallet.request(login.link), other.wallet.request(other.link)
    good = {"vp_token": {"pid": [login.wallet.presentation(mine)]}}
    refused(login.wallet.send(mine, payload={**good, "state": theirs["state"]}))
    refused(login.wallet.post(mine, {
        "response": login.wallet.encrypted(theirs, {**good, "state": mine["state"]})}))
    refused(login.wallet.post(mine, {"error": "access_denied", "state": theirs["state"]}))
    refused(login.wallet.post(mine, login.wallet.answer(theirs)))
    assert login.wallet.send(mine).status_code == 200, "none of these has spent it"
    no_session(other)
    other.succeeds()


def test_W01_the_nonce_of_another_login(login, other):
    mine, theirs = login.wallet.request(login.link), other.wallet.request(other.link)
    stolen = other.wallet.presentation(theirs)
    refused(login.wallet.send(mine, payload={
        "vp_token": {"pid": [stolen]}, "state": mine["state"]}))
    no_session(login)
    assert other.wallet.send(theirs).status_code == 200
    login.succeeds()


def test_W02_one_audit_row(login):
    request = login.wallet.request(login.link)
    form = login.wallet.answer(request)
    answers = [login.wallet.post(request, form) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 400, 400]
    address = answers[0].json()["redirect_uri"]
    before = [row for row in login.gateway.audit() if row["event"] == "login"]
    assert "code" in query_of(login.browser.walk(login.browser.get(address)))
    assert login.browser.get(address).status_code == 400
    rows = [row for row in login.gateway.audit() if row["event"] == "login"]
    assert len(rows) == len(before) + 1


def test_W05_nothing_is_fetched(login):
    """Where the issuer says its key may be found, nobody looks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        where = f"http://127.0.0.1:{server.getsockname()[1]}"
        for header in ({"x5c": None, "x5u": f"{where}/x5u"}, {"x5c": None, "jku": f"{where}/jku"},
                       {"x5c": None}):
            login.again()
            credential = login.issuer.credential(
                login.wallet.key, NUMBER, iss=where, header=header)
            refused(login.wallet.send(login.wallet.request(login.link), credential=credential))
        with pytest.raises(TimeoutError):
            server.accept()
    no_session(login)
    login.succeeds()


def test_W05_a_name_that_the_certificate_does_not_have(login):
    credential = login.issuer.credential(login.wallet.key, NUMBER, iss="https://elsewhere.test")
    refused(login.wallet.send(login.wallet.request(login.link), credential=credential))
    no_session(login)
    login.succeeds()


def test_W08_what_is_too_much_is_refused_quickly(login):
    many = "~".join(base64.urlsafe_b64encode(b'["s","n%d",1]' % i).decode().rstrip("=")
                    for i in range(10000))
    request = login.wallet.request(login.link)
    credential = login.issuer.credential(login.wallet.key, NUMBER)
    form = login.wallet.answer(request, credential=credential + many + "~")
    begun_s = login.gateway.cpu_s()
    assert login.wallet.post(request, form).status_code == 413
    assert login.gateway.cpu_s() - begun_s < 1
    login.succeeds()


def test_W13_a_picture_of_the_code(login):
    """Scanned by a second phone while the first is on, later than its life, and after the answer."""
    login.wallet.request(login.qr)
    with login.gateway.clock(31):
        assert login.wallet.fetch(login.qr).status_code == 404
    login.again()
    with login.gateway.clock(QR_S + 2):
        assert login.wallet.fetch(login.qr).status_code == 404
        # The page offers a new code; the one that is too old stays dead.
        old, page = login.qr, Page(login.press_continue().text)
        assert login.wallet.fetch(old).status_code == 404
        assert login.wallet.fetch(page.ids["wallet-qr"]["data-uri"]).status_code == 200
    login.again()
    assert login.wallet.send(login.wallet.request(login.qr)).status_code == 200
    assert login.wallet.fetch(login.qr).status_code == 404
    login.succeeds()


@pytest.mark.parametrize("error", ["vp_formats_not_supported", "wallet_unavailable",
                                   "<script>alert(1)</script>", "x" * 1000])
def test_W18_other_errors_let_the_person_try_again(login, error):
    request = login.wallet.request(login.link)
    assert login.wallet.post(request, {
        "error": error, "error_description": "<b>", "state": request["state"]}).json() == {}
    page = login.press_continue()
    assert page.status_code == 403 and "error-action" in Page(page.text).ids
    assert error not in page.text and "alert(1)" not in page.text
    no_session(login)
    login.succeeds()


def test_W18_an_error_after_the_answer(login):
    request = login.wallet.request(login.link)
    answer = login.wallet.send(request)
    refused(login.wallet.post(request, {"error": "access_denied", "state": request["state"]}))
    back = login.browser.walk(login.browser.get(answer.json()["redirect_uri"]))
    assert "code" in query_of(back)


INDEFINITE = base64.urlsafe_b64encode(b"\x9f" * 30000).decode().rstrip("=")
TAGS = base64.urlsafe_b64encode(b"\xc1" * 30000 + b"\x00").decode().rstrip("=")


@pytest.mark.parametrize("document", [INDEFINITE, TAGS], ids=["indefinite", "tags"])
def test_W20_a_format_that_was_not_asked_for(login, document):
    """ISO mdoc is none of ours: it is refused before anybody takes it apart."""
    request = login.wallet.request(login.link)
    refused(login.wallet.send(request, payload={
        "vp_token": {"pid": [document]}, "state": request["state"]}))
    no_session(login)
    login.succeeds()


def test_W22_another_service_in_the_same_browser(login, vp_gateway):
    """The answer of the first login does nothing for the second."""
    second = client(vp_gateway, "late-second", jwt_tools.ec_key())
    request = login.wallet.request(login.link)
    begun = second.authorize(login.browser).headers["Location"]
    chooser = Page(login.browser.get(begun).text)
    answer = login.wallet.send(request)
    back = login.browser.walk(login.browser.get(answer.json()["redirect_uri"]))
    assert back.headers["Location"].startswith("https://late-rp.test/cb?")
    refused(login.wallet.send(request))
    page = login.browser.get(chooser.ids["login-wallet"]["href"])
    assert page.status_code == 200 and "wallet-qr" in Page(page.text).ids
    request = login.wallet.request(Page(page.text).ids["wallet-link"]["href"])
    answer = login.wallet.send(request)
    back = login.browser.walk(login.browser.get(answer.json()["redirect_uri"]))
    assert back.headers["Location"].startswith("https://late-second.test/cb?")
    assert "code" in query_of(back)


def test_W22_a_new_start_ends_the_one_before(login):
    request = login.wallet.request(login.link)
    form = login.wallet.answer(request)
    login.again()
    refused(login.wallet.post(request, form))
    no_session(login)
    login.succeeds()


def test_W23_across_devices_it_is_our_page_too(login):
    answer = login.wallet.send(login.wallet.request(login.qr))
    assert answer.status_code == 200 and set(answer.json()) == {"redirect_uri"}
    assert answer.json()["redirect_uri"].startswith(f"{login.gateway.url}/vp/complete?response_code=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "dvara_session" not in Browser(login.gateway).get(answer.json()["redirect_uri"]).cookies


class Asking:
    """A relying party that asks for consent each time."""

    def __init__(self, rp):
        self.authorize = lambda browser: rp.authorize(
            browser, scope="openid profile", prompt="consent")


def test_W24_no_transaction_data_is_asked_or_believed(vp_gateway, rp, issuer):  # noqa: F811
    """Consent is given on our own page alone: what a wallet adds to its answer changes nothing."""
    for allow, end in ((False, "error"), (True, "code")):
        login = Login(vp_gateway, Asking(rp), issuer)
        request = login.wallet.request(login.link)
        assert "transaction_data" not in request
        answer = login.wallet.send(request, transaction_data_hashes=["A" * 43])
        back = login.browser.walk(login.browser.get(answer.json()["redirect_uri"]), allow=allow)
        assert end in query_of(back), "the person is still asked"

# SPDX-License-Identifier: Apache-2.0
"""[login] methods closes what it does not name: with all of them configured, each one's addresses are
called while it is off, and the same calls are the twin while it is on."""

import contextlib
import json

import pytest

import jwt_tools
import pki
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from relying_party import query_of
from test_card import REGISTER, SOPHEA, Authority, authority_file, challenge, send, taken
from test_upstream import PHONE, Way, is_signed_in
from test_wallet import Login, phone_number
from upstream_server import Upstream
from vp_wallet import Issuer, wallet_settings

ALL = "wallet card upstream"
OFF = "This way to sign in is not available"


@pytest.fixture(scope="module")
def up():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def cards():
    return Authority()


@pytest.fixture(scope="module")
def issuers():
    return pki.Authority("Issuers")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, up, cards, issuers):
    folder = tmp_path_factory.mktemp("methods")
    for name in ("cards", "upstreams"):
        (folder / name).mkdir()
    authority_file(folder / "cards", "kingdom", cards, person=REGISTER, revocation="none")
    up.write(folder / "upstreams", "up1")
    with Gateway(folder, {**wallet_settings(folder, issuers), "login.methods": ALL,
                          "card.folder": folder / "cards",
                          "upstream.folder": folder / "upstreams"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "methods-rp", jwt_tools.ec_key(), id_token_signed_response_alg="ES256")


@contextlib.contextmanager
def only(gateway, methods):
    try:
        set_methods(gateway, methods)
        yield
    finally:
        set_methods(gateway, ALL)


def set_methods(gateway, methods):
    gateway.settings["login.methods"] = methods
    gateway.stop()
    gateway.config_write()
    gateway.start()


def is_off(browser, answer):
    assert answer.status_code in (400, 403) and OFF in answer.text, answer.text
    assert browser.cookie("dvara_session") is None


def test_upstream(gateway, rp, up):
    up.reset()
    way = Way(gateway, rp, up).leave()
    code, n = up.code(way.query, **PHONE), up.n_asked("/token")
    with only(gateway, "wallet card"):
        for path in (f"/login/upstream/up1?tx={way.tx}", "/login/upstream/up1"):
            is_off(way.browser, way.browser.get(path))
        is_off(way.browser, way.back(code))
        assert up.n_asked("/token") == n
        is_off(way.browser, way.browser.post(f"/login/upstream/up1/link?tx={way.tx}", []))
        answer = rp.authorize(Browser(gateway), idp_hint="up1")
        assert answer.headers["Location"].startswith("/login?tx=")
    answer = way.back(code)
    assert is_signed_in(answer)
    way.succeeds(answer)


def test_wallet(gateway, rp, issuers):
    login = Login(gateway, rp, Issuer(issuers))
    request = login.wallet.request(login.link)
    back = login.wallet.send(request).json()["redirect_uri"]
    with only(gateway, "card upstream"):
        is_off(login.browser, login.browser.get(f"/login/wallet?tx={login.tx}"))
        is_off(login.browser, login.press_continue())
        is_off(login.browser, login.browser.get(back))
    assert "code" in query_of(login.browser.walk(login.browser.get(back)))


def test_card(gateway, rp, cards):
    browser, card = Browser(gateway), cards.card(SOPHEA)
    tx = rp.authorize(browser).headers["Location"].partition("tx=")[2]
    page = f"/login/card?tx={tx}"
    assert browser.get(page).status_code == 200
    nonce = challenge(browser)
    with only(gateway, "wallet upstream"):
        is_off(browser, browser.get(page))
        is_off(browser, browser.get("/card/tls?h=x"))
        is_off(browser, browser.get("/card/complete?code=x"))
        assert browser.get("/card/challenge").status_code == 404
        assert send(browser, card.token(gateway.url, nonce)).status_code == 404
    href = taken(send(browser, card.token(gateway.url, nonce)))
    with only(gateway, "wallet upstream"):
        is_off(browser, browser.get(href))
    assert "code" in query_of(browser.walk(browser.get(href)))


def test_the_chooser_shows_those_that_are_on(gateway, rp):
    def rows():
        browser = Browser(gateway)
        page = Page(browser.get(rp.authorize(browser).headers["Location"]).text)
        return {one for one in page.ids if one in ("login-wallet", "login-card",
                                                   "login-upstream-up1")}

    assert rows() == {"login-wallet", "login-card", "login-upstream-up1"}
    with only(gateway, "card"):
        assert rows() == {"login-card"}


@pytest.mark.parametrize("over_qr", [True, False])
def test_a_login_over_a_qr_links_nothing(gateway, rp, up, issuers, over_qr):
    """Who leaves an account of their own here and relays the QR would have a way in that lasts.  The
    twin: the same by the wallet of this device is linked."""
    sub, n = f"relayed-{over_qr}", gateway.sql("SELECT COUNT(*) FROM link")[0][0]
    up.reset()
    login = Login(gateway, rp, Issuer(issuers))
    way = Way(gateway, rp, up, browser=login.browser).leave()
    form = Page(way.back(up.code(way.query, sub)).text).forms[0]
    assert login.browser.post(form.action, form.fields).headers["Location"] == way.chooser
    login.tx = way.tx
    login.show(login.browser.get(f"/login/wallet?tx={way.tx}"))
    back = login.wallet.send(login.wallet.request(login.qr if over_qr else login.link)).json()
    if over_qr:
        answer = login.press_continue(phone_number(login, back["redirect_uri"]))
    else:
        answer = login.browser.get(back["redirect_uri"])
    assert "code" in query_of(login.browser.walk(answer))
    assert gateway.sql("SELECT COUNT(*) FROM link")[0][0] == n + (not over_qr)
    again = Way(gateway, rp, up).leave()
    page = Page(again.back(up.code(again.query, sub)).text)
    assert ("link-continue" in page.ids) == over_qr

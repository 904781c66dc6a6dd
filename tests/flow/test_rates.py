# SPDX-License-Identifier: Apache-2.0
"""How often one address may try cards and begin logins.  Another address goes on, and a minute later the
same one: the twins."""

import base64
import itertools
import json

import pytest

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from relying_party import query_of
from test_card import PEM, REGISTER, SOPHEA, Authority, authority_file, open_page, send, taken

CARD, LOGIN = 5, 8  # of an address in a minute; a browser may try a card CARD / 100 + 1 times
MINUTE_S = 60
addresses = (f"192.0.2.{n}" for n in itertools.count(1))


@pytest.fixture(scope="module")
def kingdom():
    return Authority()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, kingdom):
    folder = tmp_path_factory.mktemp("rates")
    (folder / "cards").mkdir()
    authority_file(folder / "cards", "kingdom", kingdom, person=REGISTER, revocation="none")
    with Gateway(folder, {"login.methods": "card", "card.folder": folder / "cards",
                          "card.per_minute": CARD, "login.per_minute": LOGIN,
                          "gateway.proxy_certificates": "yes"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "rates-rp", jwt_tools.ec_key())


def at(gateway, address):
    browser = Browser(gateway)
    browser.http.headers["X-Forwarded-For"] = address
    return browser


def at_card(gateway, rp, address):
    """A browser with the card's page open."""
    browser = at(gateway, next(addresses))
    browser.page = open_page(browser, rp)
    browser.http.headers["X-Forwarded-For"] = address
    return browser


def too_many(answer):
    assert answer.status_code == 429, answer.text
    assert answer.headers["Retry-After"] and "dvara_session" not in answer.headers.get(
        "Set-Cookie", "")


def test_cards_of_one_browser(gateway, rp):
    """Whatever address it comes by."""
    browser = at_card(gateway, rp, next(addresses))
    assert browser.get("/card/challenge").status_code == 200
    too_many(browser.get("/card/challenge"))
    browser.http.headers["X-Forwarded-For"] = next(addresses)
    answer = browser.get("/card/challenge")
    too_many(answer)
    assert answer.json()["error"] == "temporarily_unavailable"
    with gateway.clock(MINUTE_S + 1):
        assert browser.get("/card/challenge").status_code == 200


def test_cards_of_one_address(gateway, rp, kingdom):
    """Challenges and answers alike; and a challenge is not burnt by being told to wait."""
    here = next(addresses)
    browsers = [at_card(gateway, rp, here) for _ in range(CARD + 1)]
    nonces = [one.get("/card/challenge") for one in browsers]
    assert [one.status_code for one in nonces] == [200] * CARD + [429]
    token = kingdom.card(SOPHEA).token(gateway.url, nonces[0].json()["nonce"])
    too_many(send(browsers[0], token))
    stranger = at_card(gateway, rp, next(addresses))
    assert stranger.get("/card/challenge").status_code == 200
    with gateway.clock(MINUTE_S + 1):
        href = taken(send(browsers[0], token))
        assert browsers[0].get(href).status_code == 303


def test_cards_by_tls(gateway, rp, kingdom):
    here, card = next(addresses), kingdom.card(SOPHEA)
    der = base64.b64encode(card.certificate.public_bytes(type(PEM).DER)).decode()
    browsers = [at_card(gateway, rp, here) for _ in range(CARD + 1)]
    answers = [one.get(one.page.ids["card-tls"]["href"], headers={"Client-Cert": f":{der}:"})
               for one in browsers]
    assert [one.status_code for one in answers] == [303] * CARD + [429]
    assert "/card/complete" in answers[0].headers["Location"]
    last = browsers[-1]
    with gateway.clock(MINUTE_S + 1):
        answer = last.get(last.page.ids["card-tls"]["href"], headers={"Client-Cert": f":{der}:"})
        assert answer.status_code == 303


def test_logins_begun(gateway, rp):
    """The client is told in its own way; who needs no login is not counted."""
    here = next(addresses)
    person, stranger = at(gateway, here), at(gateway, next(addresses))
    assert "code" in query_of(rp.sign_in(person))  # the first
    for _ in range(LOGIN - 1):
        assert rp.authorize(at(gateway, here)).headers["Location"].startswith("/login?tx=")
    answer = rp.authorize(at(gateway, here))
    assert answer.headers["Location"].startswith(rp.redirect_uri)
    assert query_of(answer)["error"] == "temporarily_unavailable" and query_of(answer)["state"]
    too_many(at(gateway, here).get("/account"))
    for _ in range(3):
        assert "code" in query_of(rp.authorize(person))
    assert rp.authorize(stranger).headers["Location"].startswith("/login?tx=")
    with gateway.clock(MINUTE_S + 1):
        answer = rp.authorize(at(gateway, here))
        assert Page(at(gateway, here).get("/account").text) and answer.headers[
            "Location"].startswith("/login?tx=")

# SPDX-License-Identifier: Apache-2.0
"""A card that its authority revokes ends the tokens that a login by it let out, whoever has them:
a portal of that session, a device, a caller of CIBA, a wallet.  Another card's go on."""

import json

import pytest

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from test_card import (REGISTER, SOPHEA, authority_file, challenge, chooser, code_of,
                       kingdom, office, send, taken)  # noqa: F401 (fixtures among them)
from test_ciba import far
from test_ciba import asked as ciba_asked
from test_ciba import poll as ciba_poll
from test_ciba import newest, waiting
from test_device import answered, asked, device, entered, poll
from test_issue_code import come_back, page_of
from test_issue_code import renewed as wallet_renewed
from vci_wallet import PRE_AUTHORIZED, Wallet, issuer_settings


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, kingdom, office):  # noqa: F811
    folder = tmp_path_factory.mktemp("card_gone")
    (folder / "cards").mkdir()
    authority_file(folder / "cards", "kingdom", kingdom, person=REGISTER, revocation=["ocsp"])
    running = Gateway(folder)
    _, settings = issuer_settings(folder, running.url)
    running.settings.update(settings | {
        "login.methods": "card", "card.folder": folder / "cards", "card.standing": "1h",
        "issue.types_folder": ROOT / "conf/demo/credentials", "outbound.allow": "127.0.0.0/8"})
    with running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "gone-rp", jwt_tools.ec_key(), grant_types=[
        "authorization_code", "refresh_token"], scope="openid profile offline_access")


@pytest.fixture(scope="module")
def wallet_rp(gateway):
    return client(gateway, "gone-wallet", redirect_uris=["com.example.wallet:/cb"],
                  scope="pid student", token_endpoint_auth_method="none",
                  application_type="native", dpop_bound_access_tokens=True,
                  require_pushed_authorization_requests=True,
                  grant_types=["authorization_code", "refresh_token", PRE_AUTHORIZED])


def expire(gateway):
    """What was last said of cards is forgotten: in truth after settings card.standing."""
    for key in gateway.redis.ask("KEYS", "dv:cs:*"):
        gateway.redis.ask("DEL", key)


def is_ended(answer):
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), answer.text


class Renewing:
    """Whoever refreshes, with the tokens of a grant."""

    def __init__(self, party, tokens):
        self.party, self.tokens = party, tokens

    def refresh(self):
        answer = self.party.refresh(self.tokens["refresh_token"])
        if answer.status_code == 200:
            self.tokens.update(answer.json())
        return answer


class RenewingWallet:
    def __init__(self, party, wallet):
        self.party, self.wallet = party, wallet

    def refresh(self):
        return wallet_renewed(self.party, self.wallet)


def signed_in(gateway, rp, card):
    browser = Browser(gateway)
    code_of(browser, rp, card)
    return browser


def of_portal(gateway, rp, card, party):
    browser = Browser(gateway)
    code = code_of(browser, rp, card, scope="openid offline_access", prompt="consent")
    return Renewing(rp, rp.token(code).json())


def of_device(gateway, rp, card, party):
    browser = signed_in(gateway, rp, card)
    pending = asked(party)
    last = browser.walk(answered(browser, entered(browser, pending["user_code"])))
    assert last.status_code == 200, last.text
    answer = poll(party, pending["device_code"])
    assert answer.status_code == 200, answer.text
    return Renewing(party, answer.json())


def of_ciba(gateway, rp, card, party):
    """The card is the answer, not what the browser was signed in with."""
    browser, code = Browser(gateway), ciba_asked(party)
    page = Page(waiting(browser).text)
    ways = Page(browser.get(page.ids[f"request-other-{newest(page)}"]["href"]).text)
    assert browser.get(ways.ids["login-card"]["href"]).status_code == 200
    href = taken(send(browser, card.token(gateway.url, challenge(browser))))
    assert "You have confirmed it" in browser.walk(browser.get(href)).text
    return Renewing(party, ciba_poll(party, code).json())


def of_wallet(gateway, rp, card, party):
    browser = signed_in(gateway, rp, card)
    wallet = come_back(party, browser, page_of(party, browser, scope="pid", prompt="consent"))
    wallet.fetch("pid")
    return RenewingWallet(party, wallet)


@pytest.fixture
def party(request, gateway, wallet_rp):
    return {
        of_portal: lambda: None, of_wallet: lambda: wallet_rp,
        of_device: lambda: device(gateway, "gone-television"),
        of_ciba: lambda: far(gateway, "gone-bank")}[request.param]()


@pytest.mark.parametrize("party, way", [(way, way) for way in (
    of_portal, of_device, of_ciba, of_wallet)], indirect=["party"],
    ids=["portal", "device", "ciba", "wallet"])
def test_tokens_end_with_the_card(gateway, rp, kingdom, office, party, way):  # noqa: F811
    cards = [kingdom.card(SOPHEA), kingdom.card(SOPHEA)]
    lost, kept = (way(gateway, rp, card, party) for card in cards)
    for _ in range(2):
        expire(gateway)
        assert lost.refresh().status_code == kept.refresh().status_code == 200
    expire(gateway)
    with office.but(is_away=True):
        assert lost.refresh().status_code == 503
    assert lost.refresh().status_code == 200, "it was not thrown away"
    office.revoked[cards[0].certificate.serial_number] = None
    expire(gateway)
    is_ended(lost.refresh())
    assert kept.refresh().status_code == 200
    del office.revoked[cards[0].certificate.serial_number]
    expire(gateway)
    is_ended(lost.refresh())  # for good


def test_the_session_ends_with_the_card(gateway, rp, kingdom, office):  # noqa: F811
    card, browser = kingdom.card(SOPHEA), Browser(gateway)
    code = code_of(browser, rp, card, scope="openid offline_access", prompt="consent")
    tokens = rp.token(code).json()
    office.revoked[card.certificate.serial_number] = None
    expire(gateway)
    is_ended(rp.refresh(tokens["refresh_token"]))
    assert rp.userinfo(tokens["access_token"]).status_code == 401
    assert chooser(browser, rp.authorize(browser)).ids["login-card"], "so has the session"
    del office.revoked[card.certificate.serial_number]


def test_what_an_offer_gave_is_of_no_card(gateway, rp, wallet_rp, kingdom, office):  # noqa: F811
    """The twin of the wallet's: a sheet from the counter, while a card of theirs is revoked."""
    card = kingdom.card(SOPHEA)
    signed_in(gateway, rp, card)
    made = gateway.dvara("person", "offer", "sophea")
    wallet = Wallet(gateway, dpop=True, client_id=wallet_rp.id)
    assert wallet.redeem(wallet.offer(made["credential_offer_uri"]),
                         made["tx_code"]).status_code == 200
    office.revoked[card.certificate.serial_number] = None
    expire(gateway)
    assert wallet_renewed(wallet_rp, wallet).status_code == 200
    wallet.fetch("pid")
    del office.revoked[card.certificate.serial_number]

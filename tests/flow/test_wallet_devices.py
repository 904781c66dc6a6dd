# SPDX-License-Identifier: Apache-2.0
"""A wallet on this device or on another one: the QR that renews itself, who may offer none, links."""

import urllib.parse

import pytest
import requests

import jwt_tools
from bank import bank_of, page_of, press
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from relying_party import query_of
from test_wallet import (  # noqa: F401
    NUMBER, PERSONAS, Login, authority, issuer, phone_number, wallet_settings)
from vp_wallet import Wallet

UNIVERSAL = "https://wallet.test/present"


@pytest.fixture(scope="module")
def vp_gateway(tmp_path_factory, authority):  # noqa: F811
    folder = tmp_path_factory.mktemp("devices")
    settings = {**wallet_settings(folder, authority), "wallet.renew": "1s",
                "wallet.universal_link": UNIVERSAL, "wallet.same_device_scopes": "address"}
    with Gateway(folder, settings) as running:
        running.apply("person", PERSONAS)
        yield running


@pytest.fixture(scope="module")
def rp(vp_gateway):
    return client(vp_gateway, "devices-rp", jwt_tools.ec_key())


@pytest.fixture
def login(vp_gateway, rp, issuer):  # noqa: F811
    return Login(vp_gateway, rp, issuer)


def poll(login, **parameters):
    answer = login.browser.get(f"/vp/status/{login.tx}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ends_well(login, request):
    answer = login.wallet.send(request)
    number = phone_number(login, answer.json()["redirect_uri"])
    assert "code" in query_of(login.browser.walk(login.press_continue(number)))


def test_a_phone_that_has_just_read_the_code_before_gets_in(login):
    fresh = poll(login, since="waiting", qr=1)
    assert fresh["status"] == "waiting" and fresh["qr"]["uri"] != login.qr
    assert fresh["qr"]["path"].startswith("M") and fresh["qr"]["side"] > 20
    request = login.wallet.request(login.qr)
    assert login.wallet.fetch(fresh["qr"]["uri"]).status_code == 404, "the first phone is the one"
    assert poll(login, since="waiting", qr=1) == {"status": "scanned"}
    ends_well(login, request)


def test_the_renewed_code_serves(login):
    fresh = poll(login, qr=1)
    request = login.wallet.request(fresh["qr"]["uri"])
    assert login.wallet.fetch(login.qr).status_code == 404
    ends_well(login, request)


def test_the_renewed_link_serves(login):
    fresh = poll(login, link=1)
    assert "qr" not in fresh and fresh["link"] != login.link
    assert fresh["universal"].startswith(UNIVERSAL + "?client_id=")
    answer = login.wallet.send(login.wallet.request(fresh["link"]))
    assert "code" in query_of(login.browser.walk(login.browser.get(answer.json()["redirect_uri"])))


def test_codes_are_for_the_browser_that_began(login):
    stranger = Browser(login.gateway)
    login.rp.authorize(stranger)
    answer = stranger.get(f"/vp/status/{login.tx}", params={"qr": 1})
    assert answer.status_code == 403 and "qr" not in answer.json()


def test_continue_before_any_wallet(login):
    """Without script: the page says that nobody answered, and its links are good again."""
    before = login.link
    login.show(login.press_continue())
    assert "wallet-early" in login.page.ids and "wallet-waiting" not in login.page.ids
    assert login.link != before
    answer = login.wallet.send(login.wallet.request(login.link))
    assert "code" in query_of(login.browser.walk(login.browser.get(answer.json()["redirect_uri"])))


def test_a_page_opened_anew_keeps_the_wallet_that_has_begun(login):
    login.again()
    request = login.wallet.request(login.qr)
    assert not [link for link in login.page.links if "lang=" in link and "again" in link]
    page = Page(login.browser.get(login.page.form_of("wallet-form").action).text)
    assert "wallet-waiting" in page.ids
    ends_well(login, request)


def test_universal_link(login):
    universal = login.page.ids["wallet-universal"]["href"]
    assert universal.startswith(UNIVERSAL + "?client_id=x509_hash")
    assert universal.split("?")[1] == login.link.split("?")[1]


def wallet_page(rp, browser, **changes):
    chooser = Page(browser.get(rp.authorize(browser, **changes).headers["Location"]).text)
    assert "href" not in chooser.ids["login-wallet-other"], "the row says why it cannot be taken"
    return Page(browser.get(chooser.ids["login-wallet"]["href"]).text)


@pytest.mark.parametrize("by", ["scope", "client"])
def test_a_high_risk_login_does_not_cross(vp_gateway, rp, issuer, by):  # noqa: F811
    browser, wallet = Browser(vp_gateway), Wallet(issuer, NUMBER)
    changes = {"scope": "openid address"}
    if by == "client":
        rp = client(vp_gateway, "devices-high", jwt_tools.ec_key(), dvara_same_device=True)
        changes = {}
    page = wallet_page(rp, browser, **changes)
    assert "wallet-qr" not in page.ids and "wallet-code" not in page.ids
    assert "wallet-same-device" in page.ids
    tx = urllib.parse.parse_qs(urllib.parse.urlsplit(page.form_of("wallet-form").action).query)["tx"]
    assert browser.get(f"/vp/status/{tx[0]}", params={"qr": 1}).json() == {"status": "waiting"}
    answer = wallet.send(wallet.request(page.ids["wallet-link"]["href"]))
    back = browser.walk(browser.get(answer.json()["redirect_uri"]))
    assert "code" in query_of(back), back.text
    login = Login(vp_gateway, client(vp_gateway, f"devices-{by}-twin", jwt_tools.ec_key()), issuer)
    ends_well(login, login.wallet.request(login.qr))


def signed_in_over_qr(login):
    ends_well(login, login.wallet.request(login.qr))
    return login.browser




@pytest.mark.parametrize("by", ["scope", "client"])
def test_a_session_over_a_qr_is_not_enough_where_none_is_offered(vp_gateway, login, by):
    """Whoever relayed a QR has a session; what may not cross takes a login on this device."""
    browser, rp, changes = signed_in_over_qr(login), login.rp, {"scope": "openid address"}
    if by == "client":
        rp = client(vp_gateway, "devices-sso", jwt_tools.ec_key(), dvara_same_device=True)
        changes = {}
    none = rp.authorize(browser, prompt="none", **changes)
    assert query_of(none)["error"] == "login_required"
    page = wallet_page(rp, browser, **changes)
    assert "wallet-qr" not in page.ids
    answer = login.wallet.send(login.wallet.request(page.ids["wallet-link"]["href"]))
    assert "code" in query_of(browser.walk(browser.get(answer.json()["redirect_uri"])))
    # that login was on this device, and will do from now on
    assert "code" in query_of(rp.authorize(browser, prompt="none", **changes))


def test_a_session_over_a_qr_answers_no_request_of_such_a_client(vp_gateway, login):
    """The page of the consent API is as strict as /authorize."""
    browser = signed_in_over_qr(login)
    bank = bank_of(vp_gateway, "devices-bank", dvara_same_device=True)
    made = bank.asked(attributes=[{"name": "name"}])
    answer = browser.get(made["authorise_url"])
    assert answer.status_code == 303, answer.text
    chooser = Page(browser.get(answer.headers["Location"]).text)
    assert "href" not in chooser.ids["login-wallet-other"]
    assert browser.post(made["authorise_url"], [("decision", "allow")]).status_code == 303
    assert bank.get(f"/consent-requests/{made['id']}").json()["status"] == "awaiting_authorisation"
    page = Page(browser.get(chooser.ids["login-wallet"]["href"]).text)
    assert "wallet-qr" not in page.ids
    sent = login.wallet.send(login.wallet.request(page.ids["wallet-link"]["href"]))
    at = browser.get(sent.json()["redirect_uri"])
    while at.status_code == 303:
        at = browser.get(at.headers["Location"])
    assert Page(at.text).form_of("consent").boxes() == {"name": (True, True)}
    assert query_of(press(browser, at))["status"] == "authorised"


def test_a_request_takes_the_level_that_its_client_always_asks(vp_gateway, login):
    """default_acr_values: a session of a lower one signs in anew, by a way that reaches it."""
    browser = Browser(vp_gateway)
    low, high = bank_of(vp_gateway, "devices-low"), bank_of(
        vp_gateway, "devices-high", default_acr_values=["urn:dvara:loa:high"])
    names = [{"name": "name"}]
    page = page_of(browser, low.asked(attributes=names))  # by a persona: low
    assert query_of(press(browser, page))["status"] == "authorised"
    made = high.asked(attributes=names)
    for _ in range(2):  # and not by coming back
        answer = browser.get(made["authorise_url"])
        assert answer.status_code == 303
        chooser = browser.get(answer.headers["Location"])
        assert 'id="login-wallet' in chooser.text
    assert browser.post(made["authorise_url"], [("decision", "allow")]).status_code == 303
    assert high.get(f"/consent-requests/{made['id']}").json()["status"] == "awaiting_authorisation"
    # the twin: a wallet reaches it
    browser = signed_in_over_qr(login)
    page = browser.get(made["authorise_url"])
    assert query_of(press(browser, page))["status"] == "authorised"


def test_a_session_over_a_qr_answers_requests_elsewhere(vp_gateway, login):
    """The twin."""
    browser = signed_in_over_qr(login)
    bank = bank_of(vp_gateway, "devices-shop")
    page = browser.get(bank.asked(attributes=[{"name": "name"}])["authorise_url"])
    assert query_of(press(browser, page))["status"] == "authorised"


def test_a_session_over_a_qr_is_enough_elsewhere(login):
    """The twin."""
    browser = signed_in_over_qr(login)
    assert "code" in query_of(login.rp.authorize(browser, prompt="none"))


def test_a_device_may_not_ask_for_what_may_not_cross(vp_gateway):
    device = client(vp_gateway, "devices-tv", jwt_tools.ec_key(), redirect_uris=[],
                    grant_types=["urn:ietf:params:oauth:grant-type:device_code"])

    def asked(scope):
        form, headers = device.credentials()
        return requests.post(f"{vp_gateway.url}/device_authorization", headers=headers, timeout=20,
                             data={**form, "scope": scope})

    answer = asked("openid address")
    assert answer.status_code == 400 and answer.json()["error"] == "invalid_scope"
    assert "address" in answer.json()["error_description"]
    assert asked("openid").status_code == 200

# SPDX-License-Identifier: Apache-2.0
"""What a phone leads to: accounts elsewhere that were linked with a lost one end with it; a session that
crossed devices puts no document on another phone where policy says so."""

import json
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from relying_party import query_of
from test_issue_code import come_back, detail, renewed
from test_issue_own import account, block, phones
from test_upstream import Way
from upstream_server import Upstream
from vci_wallet import (PRE_AUTHORIZED, gone_on, issuer_settings, offered, present,
                        present_over_qr, presenter, wallet_page)
from vp_wallet import wallet_settings

HIGH, LOW = "student", "pid"  # a type that takes one device, and one that does not


@pytest.fixture(scope="module")
def up():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, up):
    folder = tmp_path_factory.mktemp("phones")
    running = Gateway(folder)
    authority, settings = issuer_settings(folder, running.url)
    (folder / "upstreams").mkdir()
    up.write(folder / "upstreams", "up1", person={})
    running.settings.update(settings | wallet_settings(folder, authority) | {
        "issue.types_folder": ROOT / "conf/demo/credentials",
        "upstream.folder": folder / "upstreams", "login.methods": "wallet upstream",
        "wallet.same_device_scopes": HIGH})
    with running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "phones-rp", jwt_tools.ec_key(), id_token_signed_response_alg="ES256")


@pytest.fixture(scope="module")
def wallet_rp(gateway):
    return client(gateway, "phones-wallet", redirect_uris=["com.example.wallet:/cb"],
                  scope=f"{HIGH} {LOW}", token_endpoint_auth_method="none",
                  application_type="native", dpop_bound_access_tokens=True,
                  require_pushed_authorization_requests=True,
                  grant_types=["authorization_code", "refresh_token", PRE_AUTHORIZED])


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


def ends_well(browser, answer):
    """Over the consent page, if there is one, to the client."""
    assert "code" in query_of(browser.walk(answer))


def linked(gateway, rp, up, holder, sub):
    """An account of theirs, which the phone says is the person's."""
    up.reset()
    way = Way(gateway, rp, up).leave()
    form = Page(way.back(up.code(way.query, sub)).text).forms[0]
    ends_well(way.browser, present(way.browser, holder, way.browser.post(
        form.action, form.fields)))


def by_link(gateway, rp, up, sub):
    way = Way(gateway, rp, up).leave()
    return way, way.back(up.code(way.query, sub))


def device_of(gateway, holder):
    return next(row["device"] for row in gateway.dvara("person", "list-credentials", "sophea")
                if row["place"] == holder.credential.place["idx"])


@pytest.mark.parametrize("by", ["person", "operator"])
def test_what_a_lost_phone_linked_ends_with_it(gateway, rp, up, by):
    """Nobody can tell who held the phone when the account was linked.  What the other phone linked,
    and who is signed in by it, goes on."""
    holders = [presenter(offered(gateway, "sophea")) for _ in range(2)]
    subs = [f"{by}-lost", f"{by}-kept"]
    ways = []
    for holder, sub in zip(holders, subs):
        linked(gateway, rp, up, holder, sub)
        way, answer = by_link(gateway, rp, up, sub)
        way.succeeds(answer)
        ways.append(way)
    lost = device_of(gateway, holders[0])
    if by == "operator":
        gateway.dvara("person", "revoke", "sophea", lost)
        time.sleep(1.1)
    else:
        html = account(ways[1].browser, "sophea")
        assert lost in phones(html)
        assert block(ways[1].browser, html, lost).status_code == 303
    none = [rp.authorize(way.browser, prompt="none") for way in ways]
    assert query_of(none[0])["error"] == "login_required", "a session by the link has ended too"
    assert "code" in query_of(none[1])
    assert "link-continue" in Page(by_link(gateway, rp, up, subs[0])[1].text).ids
    way, answer = by_link(gateway, rp, up, subs[1])
    way.succeeds(answer)
    rows = [row for row in gateway.audit() if row["event"] == "link.removed"]
    assert rows[0]["actor"].startswith(by)


def test_what_was_fetched_by_such_a_link_ends_with_the_phone(gateway, rp, up, wallet_rp):
    """Lost phone, account linked by it, another wallet let in by that account."""
    holder = presenter(offered(gateway, "sophea"))
    linked(gateway, rp, up, holder, "chain")
    way, answer = by_link(gateway, rp, up, "chain")
    way.succeeds(answer)
    page = wallet_rp.open(way.browser, wallet_rp.pushed(scope=LOW, nonce=None, prompt="consent"))
    back = gone_on(way.browser, page)
    wallet = come_back(wallet_rp, way.browser, back)
    wallet.fetch(LOW)
    assert renewed(wallet_rp, wallet).status_code == 200
    gateway.dvara("person", "revoke", "sophea", device_of(gateway, holder))
    assert renewed(wallet_rp, wallet).json()["error"] == "invalid_grant"


def test_the_end_of_all_phones_ends_their_links(gateway, rp, up):
    holder = presenter(offered(gateway, "mariem"))
    up.reset()
    linked(gateway, rp, up, holder, "all")
    gateway.dvara("person", "revoke", "mariem")
    assert "link-continue" in Page(by_link(gateway, rp, up, "all")[1].text).ids


@pytest.fixture
def holder(gateway):
    return presenter(offered(gateway, "sophea"))


def crossed(rp, browser, holder):
    ends_well(browser, present_over_qr(browser, holder, rp.authorize(browser)))


@pytest.mark.parametrize("asked", [lambda one: {"scope": one},
                                   lambda one: {"scope": None,
                                                "authorization_details": detail(one)}],
                         ids=["scope", "details"])
def test_a_session_over_a_qr_fetches_no_such_document(rp, wallet_rp, browser, holder, asked):
    """However it is asked for; and the login that is wanted then offers no QR."""
    crossed(rp, browser, holder)

    def needs_login(what):
        uri = wallet_rp.pushed(nonce=None, prompt="none", **asked(what))
        return query_of(wallet_rp.open(browser, uri)).get("error") == "login_required"

    assert not needs_login(LOW)
    assert needs_login(HIGH)
    answer = wallet_rp.open(browser, wallet_rp.pushed(nonce=None, **asked(HIGH)))
    page = wallet_page(browser, answer)
    assert "wallet-qr" not in page.ids and "wallet-same-device" in page.ids
    assert present(browser, holder, answer).status_code == 200
    assert not needs_login(HIGH)


def test_account_offers_no_such_document_over_a_qr(rp, browser, holder):
    crossed(rp, browser, holder)
    address = f"/account/documents/add?type={HIGH}"
    assert "offer-qr" in Page(browser.get(f"/account/documents/add?type={LOW}").text).ids
    answer = browser.get(address)
    assert answer.status_code == 303, "to a login"
    page = wallet_page(browser, answer)
    assert "wallet-qr" not in page.ids
    offer = present(browser, holder, answer)
    assert offer.status_code == 200 and "offer-qr" in Page(offer.text).ids
    assert "offer-qr" in Page(browser.get(address).text).ids


def test_a_device_asks_for_no_such_document(gateway):
    device = client(gateway, "phones-tv", jwt_tools.ec_key(), redirect_uris=[],
                    scope=f"{HIGH} {LOW}",
                    grant_types=["urn:ietf:params:oauth:grant-type:device_code"])

    def asked(**form):
        credentials, headers = device.credentials()
        return requests.post(f"{gateway.url}/device_authorization", headers=headers, timeout=20,
                             data={**credentials, **form})

    for one in ({"scope": HIGH}, {"authorization_details": detail(HIGH)}):
        answer = asked(**one)
        assert answer.status_code == 400 and answer.json()["error"] == "invalid_scope", answer.text
    for one in ({"scope": LOW}, {"authorization_details": detail(LOW)}):
        assert asked(**one).status_code == 200

# SPDX-License-Identifier: Apache-2.0
"""Issuing by a login (OpenID4VCI 1.0 section 5): the wallet is a public client that pushes its
requests and binds its tokens to a key; the person signs in and allows it to keep the documents."""

import json
import urllib.parse

import pytest
import requests

from browser import Browser, Page
from conftest import client
from relying_party import query_of
from vci_wallet import PRE_AUTHORIZED, Wallet, offered, present, presenter
from test_issue import refused
from test_token import assert_refused

SCOPES = "pid driving-licence student"


@pytest.fixture(scope="module")
def wallet_rp(issue_gateway):
    """How a wallet is registered."""
    return client(issue_gateway, "phone-wallet", redirect_uris=["com.example.wallet:/cb"],
                  client_name="Phone wallet", scope=SCOPES, token_endpoint_auth_method="none",
                  application_type="native", dpop_bound_access_tokens=True,
                  require_pushed_authorization_requests=True,
                  grant_types=["authorization_code", "refresh_token", PRE_AUTHORIZED])


def detail(*configurations):
    return json.dumps([{"type": "openid_credential", "credential_configuration_id": one}
                       for one in configurations])


def page_of(rp, browser, **changes):
    """The first page after the login: of the consent, as a rule."""
    changes = {"nonce": None, **changes}
    answer = rp.open(browser, rp.pushed(**changes))
    for _ in range(8):
        if answer.status_code == 303:
            target = urllib.parse.urljoin(answer.url, answer.headers["Location"])
            if not target.startswith(rp.gateway.url + "/"):
                break
            answer = browser.get(target)
        elif answer.status_code == 200 and Page(answer.text).form_of("login-test"):
            answer = browser.sign_in(Page(answer.text), "sophea")
        else:
            break
    return answer


def come_back(rp, browser, answer):
    """From the consent page to a wallet with tokens."""
    back = browser.walk(answer) if answer.status_code == 200 else answer
    wallet = Wallet(rp.gateway, dpop=True, client_id=rp.id)
    answer = rp.token(query_of(back)["code"], headers=wallet.dpop.header(
        "POST", f"{rp.gateway.url}/token"))
    assert answer.status_code == 200, answer.text
    wallet.tokens = answer.json()
    return wallet


def signed_in(rp, browser, **changes):
    return come_back(rp, browser, page_of(rp, browser, **{"prompt": "consent", **changes}))


def renewed(rp, wallet, **changes):
    answer = rp.refresh(wallet.tokens["refresh_token"], headers=wallet.dpop.header(
        "POST", f"{rp.gateway.url}/token"), **changes)
    if answer.status_code == 200:
        wallet.tokens = answer.json()
    return answer


def test_discovery_names_scopes_and_details(issue_gateway):
    for name in ("openid-configuration", "oauth-authorization-server"):
        told = requests.get(f"{issue_gateway.url}/.well-known/{name}", timeout=20).json()
        assert set(told["authorization_details_types_supported"]) == {
            "attributes", "openid_credential"}
        assert {"pid", "student", "openid"} <= set(told["scopes_supported"])


def test_by_scope(wallet_rp, issue_browser):
    page = page_of(wallet_rp, issue_browser, scope="pid student nobody-knows-this",
                   prompt="consent")
    documents = page.text[page.text.index('id="documents"'):]
    assert "Digital identity" in documents and "Student card" in documents
    assert "Date of birth" in documents and "Phone wallet" in page.text
    wallet = come_back(wallet_rp, issue_browser, page)
    assert wallet.tokens["token_type"] == "DPoP" and "id_token" not in wallet.tokens
    assert wallet.tokens["scope"] == "pid student"
    [one] = wallet.fetch("pid")
    assert one.attributes["personal_number"] == "P-100001"
    wallet.fetch("student", proofs=3)
    refused(wallet.ask("driving-licence"), "insufficient_scope", 403)
    assert wallet.notify().status_code == 204


def test_by_authorization_details(wallet_rp, issue_browser):
    wallet = signed_in(wallet_rp, issue_browser, scope=None,
                       authorization_details=detail("student", "pid"))
    assert wallet.tokens["authorization_details"] == [
        {"type": "openid_credential", "credential_configuration_id": one,
         "credential_identifiers": [f"{one}/1"]} for one in ("student", "pid")]
    assert "scope" not in wallet.tokens
    wallet.fetch("student/1")
    wallet.fetch("pid/1")
    refused(wallet.ask("pid"), "invalid_credential_request")
    refused(wallet.ask("driving-licence/1"), "unknown_credential_identifier")


def test_details_go_before_scope(wallet_rp, issue_browser):
    wallet = signed_in(wallet_rp, issue_browser, scope="pid student",
                       authorization_details=detail("pid"))
    wallet.fetch("pid/1")
    refused(wallet.ask("pid"), "invalid_credential_request")
    wallet.fetch("student")


@pytest.mark.parametrize("changes, error", [
    ({"scope": "residence-permit"}, "invalid_scope"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "nobody-knows-this"}, "invalid_scope"),
    ({"scope": None, "authorization_details": detail("library")}, "invalid_authorization_details"),
    ({"scope": None, "authorization_details": detail("pid", "pid")},
     "invalid_authorization_details"),
    ({"scope": None, "authorization_details": json.dumps(
        json.loads(detail("pid")) + [{"type": "attributes"}])}, "invalid_authorization_details"),
    ({"scope": None, "authorization_details": '[{"type": "openid_credential"}]'},
     "invalid_authorization_details"),
    ({"scope": "pid", "issuer_state": "made-up"}, "invalid_request"),
])
def test_what_is_refused(wallet_rp, issue_browser, changes, error):
    answer = wallet_rp.push(nonce=None, **changes)
    if answer.status_code == 201:  # what is looked at with the purpose
        answer = wallet_rp.open(issue_browser, answer.json()["request_uri"])
        assert query_of(answer)["error"] == error
    else:
        assert_refused(answer, error)
    assert "code" in query_of(issue_browser.walk(page_of(wallet_rp, issue_browser, scope="pid")))


def test_a_type_that_is_no_scope_of_the_client(wallet_rp):
    assert_refused(wallet_rp.push(nonce=None, scope=None,
                                  authorization_details=detail("residence-permit")),
                   "invalid_authorization_details")


def test_members_that_nobody_knows_are_passed_over(wallet_rp, issue_browser):
    told = [{"type": "openid_credential", "credential_configuration_id": "pid", "new": {"a": 1},
             "locations": [wallet_rp.gateway.url], "claims": [{"path": ["name"]}]}]
    wallet = signed_in(wallet_rp, issue_browser, scope=None,
                       authorization_details=json.dumps(told))
    assert wallet.tokens["authorization_details"] == [
        {"type": "openid_credential", "credential_configuration_id": "pid",
         "credential_identifiers": ["pid/1"]}]


def test_a_relying_party_may_not_ask_for_credentials(issue_rp, issue_browser):
    answer = issue_rp.authorize(issue_browser, scope="openid pid")
    assert query_of(answer)["error"] == "invalid_scope"


def test_the_level_that_a_kind_needs(wallet_rp, issue_gateway, issue_browser):
    """A driving licence is fetched at the level of a wallet login: the test login does not do."""
    answer = page_of(wallet_rp, issue_browser, scope="driving-licence")
    assert query_of(answer)["error"] == "unmet_authentication_requirements"
    assert Page(page_of(wallet_rp, Browser(issue_gateway), scope="student").text).form_of("consent")


def test_a_licence_by_a_login_with_the_identity_just_issued(wallet_rp, issue_gateway, issue_browser):
    identity = presenter(offered(issue_gateway, "sophea"))
    answer = wallet_rp.open(issue_browser, wallet_rp.pushed(scope="driving-licence", nonce=None))
    wallet = come_back(wallet_rp, issue_browser, present(issue_browser, identity, answer))
    [licence] = wallet.fetch("driving-licence")
    assert licence.attributes["document_number"] == "KH-D-204117"


def test_tokens_are_bound_and_only_the_key_shows_them(wallet_rp, issue_browser):
    back = issue_browser.walk(page_of(wallet_rp, issue_browser, scope="pid"))
    assert_refused(wallet_rp.token(query_of(back)["code"]), "invalid_dpop_proof")
    wallet = signed_in(wallet_rp, issue_browser, scope="pid")
    other = Wallet(wallet_rp.gateway, dpop=True)
    other.tokens = wallet.tokens
    assert other.ask().status_code == 401
    wallet.fetch()


def test_proofs_may_name_the_wallet(wallet_rp, issue_browser):
    wallet = signed_in(wallet_rp, issue_browser, scope="pid")
    nonce = wallet.nonce()
    for iss in ("other", "", 7, "wallet"):
        refused(wallet.ask(proofs={"jwt": [wallet.proof(nonce, iss=iss)]}), "invalid_proof")
    assert wallet.ask(
        proofs={"jwt": [wallet.proof(nonce, iss=wallet_rp.id)]}).status_code == 200


def test_an_offer_to_sign_in_for(wallet_rp, issue_gateway, issue_browser, other_issue_browser):
    made = issue_gateway.dvara("person", "offer", "--by-login", "sophea", "student")
    assert "tx_code" not in made
    offer = Wallet(issue_gateway).offer(made["credential_offer_uri"])
    assert offer["credential_configuration_ids"] == ["student"]
    state = offer["grants"]["authorization_code"]["issuer_state"]
    wallet = signed_in(wallet_rp, issue_browser, scope="student", issuer_state=state)
    wallet.fetch("student")
    # A hint and nothing more: another person gets no code by it, and it opens nothing by itself.
    answer = wallet_rp.open(other_issue_browser, wallet_rp.pushed(
        nonce=None, scope="student", issuer_state=state))
    back = other_issue_browser.walk(answer, persona="noy")
    assert "code" not in urllib.parse.urlsplit(back.headers.get("Location", "")).query
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": state, "tx_code": "000000"}
    refused(requests.post(f"{issue_gateway.url}/token", data=form, timeout=20), "invalid_grant")
    with issue_gateway.clock(301):
        assert_refused(wallet_rp.push(nonce=None, scope="student", issuer_state=state),
                       "invalid_request")


@pytest.fixture
def other_issue_browser(issue_gateway):
    return Browser(issue_gateway)


def test_renewal_without_the_person(wallet_rp, issue_gateway, issue_browser):
    wallet = signed_in(wallet_rp, issue_browser, scope="pid")
    [first] = wallet.fetch()
    issue_gateway.dvara("session", "end", "noy")
    old = wallet.tokens["refresh_token"]
    with issue_gateway.clock(0):
        assert renewed(wallet_rp, wallet).status_code == 200
    assert wallet.tokens["refresh_token"] != old
    [second] = wallet.fetch()
    assert second.place != first.place
    devices = {one["device"] for one in issue_gateway.dvara("person", "list-credentials", "sophea")
               if one["place"] in (first.place["idx"], second.place["idx"])}
    assert len(devices) == 1
    # Another key does not renew, and a token that was rotated out ends the family.
    other = Wallet(issue_gateway, dpop=True)
    other.tokens = dict(wallet.tokens)
    assert_refused(renewed(wallet_rp, other), "invalid_grant")
    wallet.tokens["refresh_token"] = old
    assert_refused(renewed(wallet_rp, wallet), "invalid_grant")


def test_a_named_wallet_with_a_pre_authorized_code_can_renew(wallet_rp, issue_gateway):
    made = issue_gateway.dvara("person", "offer", "mariem")
    wallet = Wallet(issue_gateway, dpop=True, client_id=wallet_rp.id)
    answer = wallet.redeem(wallet.offer(made["credential_offer_uri"]), made["tx_code"])
    assert answer.status_code == 200, answer.text
    wallet.fetch()
    assert renewed(wallet_rp, wallet).status_code == 200
    wallet.fetch()
    [consent] = issue_gateway.dvara("consent", "list", "mariem")
    assert consent["resources"] == ["credential:pid"] and consent["client_id"] == wallet_rp.id
    issue_gateway.dvara("consent", "withdraw", consent["id"])
    assert wallet.ask().status_code == 401
    assert_refused(renewed(wallet_rp, wallet), "invalid_grant")


def test_a_named_wallet_must_be_one_of_ours(issue_gateway):
    made = issue_gateway.dvara("person", "offer", "sophea")
    wallet = Wallet(issue_gateway, client_id="nobody")
    offer = wallet.offer(made["credential_offer_uri"])
    assert wallet.redeem(offer, made["tx_code"]).status_code == 401
    wallet.client_id = None
    assert wallet.redeem(offer, made["tx_code"]).status_code == 200


def test_sign_out_leaves_the_wallet_alone(wallet_rp, issue_gateway, issue_browser):
    wallet = signed_in(wallet_rp, issue_browser, scope="pid")
    issue_gateway.dvara("session", "end", "sophea")
    wallet.fetch()
    assert renewed(wallet_rp, wallet).status_code == 200

# SPDX-License-Identifier: Apache-2.0
"""[consent] registered_only: what two operators did not register is neither asked, shown nor
received, on whatever way it is asked."""

import json
import signal

import pytest
import requests

import jwt_tools
from bank import bank_of
from browser import Browser, Page
from conftest import GRANTS, client
from consent_api import refused
from gateway import ROOT
from relying_party import query_of
from services import gateway_with, plugin
from test_ciba import CIBA, consent_asked
from test_ciba import asked as far_asked
from test_ciba import poll as far_poll
from test_device import DEVICE_CODE, answered, entered
from test_device import asked as device_asked
from test_device import poll as device_poll
from test_exchange import at, exchange, service
from test_issue_code import come_back
from test_issue_code import page_of as wallet_page
from test_purpose import document, operators, register, settle  # noqa: F401
from test_rar import consent_page
from test_request_object import by_value, signed
from test_webhooks import until
from vci_wallet import PRE_AUTHORIZED, issuer_settings
from vp_wallet import wallet_settings

EVERYTHING = "openid profile email phone address offline_access"
GREEDY = ("birthdate", "phone_number", "address", "nationality", "personal_number", "full_name",
          "email")
CLAIMS = json.dumps({member: {name: {"essential": True} for name in GREEDY}
                     for member in ("userinfo", "id_token")})
REGISTERED = {"full_name", "email"}
INLINE = [{"id": "account", "why": {"en": "x"}, "claims": [
    {"name": name} for name in ("birthdate", "phone_number", "address")]},
          {"id": "other", "why": {"en": "x"}, "claims": [{"name": "birthdate"}]}]
NAMES_OF_SERVICE = "name birthdate email"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("registered")
    plugin(folder, "borrower", attributes=[{"name": "name", "why": {"en": "x"}},
                                           {"name": "birthdate", "why": {"en": "x"}}])
    running = gateway_with(folder, "borrower", consent__registered_only="yes",
                           tokens__exchange="yes", issue__types_folder=ROOT / "conf/demo/credentials")
    authority, settings = issuer_settings(folder, running.url)
    running.settings.update(settings | wallet_settings(folder, authority))
    with running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


def reader_of(gateway, name, **metadata):
    return client(gateway, name, jwt_tools.ec_key(), scope=EVERYTHING, **{
        "grant_types": [*GRANTS, CIBA, DEVICE_CODE], "id_token_signed_response_alg": "ES256",
        "dvara_resources": ["borrower", "one"], **metadata})


@pytest.fixture(scope="module")
def reader(gateway, operators):  # noqa: F811
    """Full name and e-mail address are registered; inline it wants more."""
    made = reader_of(gateway, "reader", dvara_purposes=INLINE)
    register(gateway, operators, document("reader", "full_name!", "email", valid_for="P90D"))
    settle()
    return made


@pytest.fixture(scope="module", params=["inline alone", "nothing said", "proposed alone"])
def unregistered(gateway, request):
    """Nothing is registered for it: it may know who signs in."""
    name = request.param.split()[0]
    made = reader_of(gateway, name, **(
        {} if request.param == "nothing said" else {"dvara_purposes": INLINE}))
    if name == "proposed":
        gateway.apply("purpose", document(name, "full_name!", "birthdate"))
        settle()
    return made


def boxes(page):
    form = Page(page.text).form_of("consent")
    return set() if form is None else {box.rpartition("/")[2] for box in form.boxes()}


def received(rp, tokens):
    """Names of what reached it by userinfo, the ID token and introspection."""
    answer = rp.userinfo(tokens["access_token"])
    names = set(answer.json()) if answer.status_code == 200 else set()
    form, headers = rp.credentials()
    told = requests.post(f"{rp.gateway.url}/introspect", headers=headers, timeout=20,
                         data={"token": tokens["access_token"], **form}).json()
    for text in (tokens.get("id_token"), tokens["access_token"]):
        names |= set(jwt_tools.payload_of(text)) if text else set()
    return (names | set(told)) & {*GREEDY, "name", "given_name", "gender", "picture"}


def allow_all(browser, page, *more):
    """Ticks what is there, and what is not."""
    form = Page(page.text).form_of("consent")
    ticks = [("claim", name) for name in {*form.boxes(), *GREEDY, *more}]
    return browser.walk(browser.post(form.action, form.fields + ticks + [("decision", "allow")]))


# Each way to the consent page or past it: (rp, browser) -> the first page, or what came back.
def by_scope(rp, browser):
    return consent_page(rp, browser, scope=EVERYTHING, prompt="consent")


def by_claims(rp, browser):
    return consent_page(rp, browser, claims=CLAIMS, prompt="consent")


def by_push(rp, browser):
    return wallet_page(rp, browser, nonce="n", scope=EVERYTHING, claims=CLAIMS, prompt="consent")


def by_object(rp, browser):
    rp.sent = None
    jwt = signed(rp, scope=EVERYTHING, claims=json.loads(CLAIMS), prompt="consent")
    answer = by_value(rp, browser, jwt)
    for _ in range(6):
        if answer.status_code != 303:
            page = Page(answer.text)
            if page.form_of("login-test") is None:
                break
            answer = browser.sign_in(page, "sophea")
        elif answer.headers["Location"].startswith(rp.redirect_uri):
            break
        else:
            answer = browser.get(answer.headers["Location"])
    return answer


WAYS = (by_scope, by_claims, by_push, by_object)


@pytest.mark.parametrize("way", WAYS)
def test_by_authorize(reader, browser, way):
    page = way(reader, browser)
    assert page.status_code == 200 and boxes(page) <= REGISTERED, boxes(page)
    answer = allow_all(browser, page)
    tokens = reader.token(query_of(answer)["code"]).json()
    assert received(reader, tokens) <= REGISTERED
    assert "email" in received(reader, tokens)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_registered(unregistered, browser, way):
    page = way(unregistered, browser)
    assert boxes(page) == set()
    answer = allow_all(browser, page) if page.status_code == 200 else page
    tokens = unregistered.token(query_of(answer)["code"]).json()
    assert "sub" in unregistered.userinfo(tokens["access_token"]).json()
    assert received(unregistered, tokens) == set()
    assert unregistered.gateway.sql(
        "SELECT count(*) FROM ledger WHERE client_id = ?", unregistered.id) == [(0,)]


@pytest.mark.parametrize("purpose,names", [
    ("other", ["birthdate"]), ("account", ["birthdate"]), ("account", ["full_name", "address"]),
    ("sign-in", ["name"])])
def test_by_details(reader, browser, purpose, names):
    answer = reader.authorize(browser, authorization_details=json.dumps(
        [{"type": "attributes", "purpose": purpose, "attributes": names}]))
    assert query_of(answer)["error"] == "invalid_authorization_details"
    pushed = reader.push(authorization_details=json.dumps(
        [{"type": "attributes", "purpose": purpose, "attributes": names}]))
    assert pushed.json()["error"] == "invalid_authorization_details"


def test_refreshed(reader, browser):
    tokens = reader.token(query_of(allow_all(browser, by_claims(reader, browser)))["code"]).json()
    for changes in ({}, {"claims": CLAIMS}, {"scope": "openid profile address phone"}):
        answer = reader.refresh(tokens["refresh_token"], **changes)
        if answer.status_code == 200:
            assert received(reader, answer.json()) <= REGISTERED
            tokens["refresh_token"] = answer.json().get("refresh_token", tokens["refresh_token"])
        else:
            assert answer.json()["error"] in ("invalid_scope", "invalid_request"), answer.text


def test_by_device(reader, browser):
    made = device_asked(reader, scope=EVERYTHING, claims=CLAIMS)
    answer = answered(browser, entered(browser, made["user_code"]))
    for _ in range(6):
        page = Page(answer.text) if answer.status_code == 200 else None
        if page and page.form_of("consent"):
            break
        answer = browser.sign_in(page, "sophea") if page and page.form_of("login-test") \
            else browser.get(answer.headers["Location"])
    assert boxes(answer) <= REGISTERED and boxes(answer)
    allow_all(browser, answer)
    tokens = device_poll(reader, made["device_code"])
    assert tokens.status_code == 200, tokens.text
    assert received(reader, tokens.json()) <= REGISTERED


def test_by_ciba(reader, browser):
    auth_req_id = far_asked(reader, scope=EVERYTHING, claims=CLAIMS, login_hint="vannak")
    page = consent_asked(browser, "vannak")
    assert boxes(page) <= REGISTERED and boxes(page)
    allow_all(browser, page)
    tokens = far_poll(reader, auth_req_id)
    assert tokens.status_code == 200, tokens.text
    assert received(reader, tokens.json()) <= REGISTERED


def test_by_exchange(gateway, reader, browser):
    """What another service makes of the token brings it nothing of the register."""
    one = service(gateway, "one", "borrower")
    settle()
    answer = reader.sign_in(browser, scope=EVERYTHING, resource=at(gateway, "one"), prompt="consent",
                            claims="all")
    token = reader.token(query_of(answer)["code"], resource=at(gateway, "one"))
    assert token.status_code == 200, token.text
    traded = exchange(one, token.json()["access_token"], at(gateway, "borrower"),
                      scope="openid profile address")
    if traded.status_code == 200:
        assert received(one, traded.json()) == set()
    else:
        assert traded.json()["error"] in ("invalid_scope", "invalid_target"), traded.text
    # with its own name it may not ask either
    form, headers = one.credentials()
    answer = requests.post(f"{gateway.url}/attributes", headers=headers, timeout=20, data={
        "token": token.json()["access_token"], "claims": NAMES_OF_SERVICE, **form})
    assert not set(answer.json()) & {"name", "birthdate", "email", "claims"}, answer.text


def of_service(gateway, reader, browser):
    """(what the consent page asks for the service, what the service gets)."""
    resource = at(gateway, "borrower")
    page = consent_page(reader, browser, resource=resource, prompt="consent", claims=CLAIMS)
    shown = {name for name in Page(page.text).form_of("consent").boxes()
             if name.startswith("borrower/")}
    answer = allow_all(browser, page, "borrower/name", "borrower/birthdate", "borrower/email")
    token = reader.token(query_of(answer)["code"], resource=resource).json()["access_token"]
    answer = requests.get(f"{resource}/attributes", params={"names": NAMES_OF_SERVICE}, timeout=30,
                          headers={"Authorization": f"Bearer {token}"})
    return shown, set(answer.json()) if answer.status_code == 200 else set()


def test_by_a_service(gateway, reader, operators, browser):  # noqa: F811
    """Its manifest is one hand's word; the purpose that two registered for its client is not."""
    assert of_service(gateway, reader, browser) == (set(), set())
    register(gateway, operators, document("borrower", "name!", id="lending"))
    settle()
    assert of_service(gateway, reader, browser) == ({"borrower/name"}, {"name"})
    gateway.dvara("purpose", "suspend", "borrower", "lending")
    settle()
    assert of_service(gateway, reader, browser)[1] == set()


def test_by_the_consent_api(gateway, operators):  # noqa: F811
    bank = bank_of(gateway, "lender", scope="consent openid profile")
    body = {"purpose": "bank-account", "attributes": [{"name": "name"}],
            "return_url": "https://lender.test/cb"}
    refused(bank.post("/consent-requests", body), 400, "purpose-not-registered")
    refused(bank.post("/consent-requests", {**body, "purpose": "sign-in"}), 400,
            "attribute-not-in-purpose")
    assert {claim["name"] for one in bank.get("/purposes").json()["data"]
            for claim in one["attributes"]} <= {"sub"}
    register(gateway, operators, document("lender", "full_name!", id="bank-account"))
    settle()
    refused(bank.post("/consent-requests", body), 400, "attribute-not-in-purpose")
    made = bank.post("/consent-requests", {**body, "attributes": [{"name": "full_name"}]})
    assert made.status_code == 201, made.text
    assert [one["id"] for one in bank.get("/purposes").json()["data"]] == ["bank-account"]


def test_by_a_wallet(gateway, browser):
    """A person's own documents are theirs; with them come no claims, and no other documents."""
    wallet_rp = client(
        gateway, "wallet", redirect_uris=["com.example.wallet:/cb"], scope="student openid profile",
        token_endpoint_auth_method="none", application_type="native", dpop_bound_access_tokens=True,
        require_pushed_authorization_requests=True, dvara_purposes=INLINE,
        grant_types=["authorization_code", "refresh_token", PRE_AUTHORIZED])
    asked = json.dumps([{"type": "openid_credential", "credential_configuration_id": "pid"}])
    answer = wallet_rp.push(authorization_details=asked)
    assert answer.json()["error"] == "invalid_authorization_details"
    page = wallet_page(wallet_rp, browser, scope="openid profile student", claims=CLAIMS,
                       prompt="consent")
    assert boxes(page) == set()
    wallet = come_back(wallet_rp, browser, page)
    wallet.fetch("student")
    assert wallet.ask("pid").status_code in (400, 403)
    answer = requests.get(f"{gateway.url}/userinfo", timeout=20, headers=wallet.dpop.shown(
        "GET", f"{gateway.url}/userinfo", wallet.tokens["access_token"]))
    assert answer.status_code != 200 or set(answer.json()) == {"sub"}


def test_the_switch_counts_for_what_was_allowed_before(gateway, browser):
    """Given while inline purposes counted: nothing of it leaves, or is renewed with it, once they
    do not."""
    reloaded(gateway, "no")
    try:
        before = reader_of(gateway, "before", dvara_purposes=INLINE)
        settle()
        tokens = before.tokens(browser, scope=EVERYTHING, claims="all")
        assert "birthdate" in received(before, tokens)
    finally:
        reloaded(gateway, "yes")
    assert received(before, tokens) - set(jwt_tools.payload_of(tokens["id_token"])) == set()
    answer = before.refresh(tokens["refresh_token"])
    assert answer.status_code != 200 or received(before, answer.json()) == set()
    page = by_claims(before, browser)
    assert boxes(page) == set()


def reloaded(gateway, registered_only):
    """With the new setting in force at every loop."""
    said = "the new configuration is in force"
    n = gateway.log().count(said)
    gateway.settings["consent.registered_only"] = registered_only
    gateway.config_write()
    gateway.process.send_signal(signal.SIGHUP)
    until(lambda: gateway.log().count(said) > n, 30)

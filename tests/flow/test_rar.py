# SPDX-License-Identifier: Apache-2.0
"""Rich authorization requests (RFC 9396; case A29), and value, values of the claims parameter
(OpenID Connect Core section 5.5.1)."""

import json
import urllib.parse

import pytest
import requests

import jwt_tools
from browser import Page
from conftest import GRANTS, client
from relying_party import query_of
from test_authorize import assert_login, assert_red
from test_token import assert_refused


@pytest.fixture(scope="module")
def rich(gateway):
    """Two purposes."""
    return client(gateway, "rich", dvara_purposes=[
        {"id": "sign-in", "why": {"en": "To greet you"}, "claims": [{"name": "name"}]},
        {"id": "credit/v1", "why": {"en": "To lend you money"}, "claims": [
            {"name": "name", "essential": True}, {"name": "birthdate"}, {"name": "email"}]}])


def details(**changes):
    detail = {"type": "attributes", "purpose": "credit/v1", "attributes": ["name", "email"],
              "until": "2027-06-30", **changes}
    return json.dumps([{name: value for name, value in detail.items() if value is not None}])


def consent_page(rp, browser, **changes):
    """The page, after a login."""
    answer = rp.authorize(browser, **changes)
    while answer.status_code == 303:
        answer = browser.get(urllib.parse.urljoin(answer.url, answer.headers["Location"]))
        page = Page(answer.text) if answer.status_code == 200 else None
        if page and page.form_of("login-test"):
            answer = browser.sign_in(page, "sophea")
    return answer


def test_a_request_for_attributes(rich, browser):
    page = consent_page(rich, browser, authorization_details=details())
    assert "To lend you money" in page.text and "To greet you" not in page.text
    assert "30 June 2027" in page.text
    assert Page(page.text).form_of("consent").boxes().keys() == {"name", "email"}
    form = Page(page.text).form_of("consent")
    answer = browser.post(form.action, form.fields + [("claim", "email"), ("decision", "allow")])
    code = query_of(browser.walk(answer))["code"]
    tokens = rich.token(code).json()
    granted = json.loads(details())
    assert tokens["authorization_details"] == granted
    claims = jwt_tools.payload_of(tokens["access_token"])
    assert claims["authorization_details"] == granted
    assert rich.userinfo(tokens["access_token"]).json().keys() == {"sub", "name", "email"}
    form, headers = rich.credentials()
    told = requests.post(f"{rich.gateway.url}/introspect", headers=headers, timeout=20,
                         data={"token": tokens["access_token"], **form}).json()
    assert told["active"] and told["authorization_details"] == granted
    # remembered: nobody is asked again for the same; for longer they are
    again = rich.authorize(browser, prompt="none", authorization_details=details())
    assert "code" in query_of(again)
    answer = rich.authorize(browser, prompt="none", authorization_details=details(until="2027-06-29"))
    assert query_of(answer)["error"] == "consent_required"


def test_what_was_not_allowed_is_not_granted(rich, browser):
    answer = rich.sign_in(browser, persona="vannak", authorization_details=details())
    tokens = rich.token(query_of(answer)["code"]).json()
    assert tokens["authorization_details"][0]["attributes"] == ["name"]
    assert rich.userinfo(tokens["access_token"]).json().keys() == {"sub", "name"}


def test_without_details_it_is_the_first_purpose(rich, browser):
    page = consent_page(rich, browser, scope="openid profile")
    assert "To greet you" in page.text
    code = query_of(rich.sign_in(browser, scope="openid profile"))["code"]
    assert "authorization_details" not in rich.token(code).json()


@pytest.mark.parametrize("bad", [
    "{", "[]", "{}", '"x"', "[[]]", '[{"type":"x"}]', "[1]", json.dumps(json.loads(details()) * 2),
    details(purpose="other"), details(purpose=None), details(purpose=5),
    details(attributes=[]), details(attributes=None), details(attributes="name"),
    details(attributes=["name", "address"]), details(attributes=[5]),
    details(until="2020-01-01"), details(until="2027-02-31"), details(until="tomorrow"),
    details(until=1830000000), details(until="2027-06-30T00:00"), details(actions=["read"]),
    details(attributes=["name"] * 200), '[{"type":"attributes","type":"attributes"}]'])
def test_a29_details_that_are_none(rich, browser, bad):
    assert_red(rich, rich.authorize(browser, authorization_details=bad),
               "invalid_authorization_details")
    assert_refused(rich.push(authorization_details=bad), "invalid_authorization_details")
    assert_login(rich.authorize(browser, authorization_details=details()))


def test_by_a_push(rich, browser):
    uri = rich.pushed(authorization_details=details())
    code = query_of(browser.walk(rich.open(browser, uri), persona="claire"))["code"]
    assert rich.token(code).json()["authorization_details"][0]["purpose"] == "credit/v1"


def test_discovery(gateway):
    metadata = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert metadata["authorization_details_types_supported"] == ["attributes"]


def claims(**wanted):
    return json.dumps({"userinfo": {"email": None, **wanted}})


@pytest.mark.parametrize("wanted, is_given", [
    (None, True), ({"essential": True}, True), ({"value": "nobody"}, False),
    ({"values": ["nobody", "nothing"]}, False), ({"values": []}, False)])
def test_claims_by_value(leg1, browser, wanted, is_given):
    answer = leg1.authorize(browser, prompt="consent", claims=claims(name=wanted))
    code = query_of(browser.walk(answer, claims="all"))["code"]
    tokens = leg1.token(code).json()
    released = leg1.userinfo(tokens["access_token"]).json()
    assert ("name" in released) is is_given and "email" in released
    if is_given:
        for right in ({"value": released["name"]}, {"values": ["x", released["name"]]}):
            answer = leg1.authorize(browser, claims=claims(name=right))
            tokens = leg1.token(query_of(browser.walk(answer, claims="all"))["code"]).json()
            assert leg1.userinfo(tokens["access_token"]).json()["name"] == released["name"]


def test_sub_by_value(leg1, browser, other_browser):
    mine = leg1.id_token(leg1.tokens(browser, persona="claire"))["sub"]
    noys = leg1.id_token(leg1.tokens(other_browser, persona="noy"))["sub"]

    def asked(sub):
        return leg1.authorize(browser, prompt="none", claims=json.dumps({"id_token": {"sub": sub}}))

    assert "code" in query_of(asked({"value": mine}))
    assert query_of(asked({"value": noys}))["error"] == "login_required"
    assert "code" in query_of(asked({"values": [noys, mine]}))
    assert query_of(asked({"values": [noys]}))["error"] == "login_required"


def test_select_account_shows_the_chooser(leg1, browser):
    """prompt=select_account, with a session: anybody may sign in."""
    leg1.code(browser, persona="claire")
    assert_login(leg1.authorize(browser, prompt="select_account"))
    answer = leg1.sign_in(browser, persona="noy", prompt="select_account")
    assert "code" in query_of(answer)


@pytest.fixture(scope="module")
def lender(gateway):
    """With refresh tokens."""
    return client(gateway, "rar-lender", grant_types=GRANTS, dvara_purposes=[
        {"id": "credit/v1", "why": {"en": "To lend you money"}, "claims": [
            {"name": "name", "essential": True}, {"name": "birthdate"}, {"name": "email"}]}])


def granted(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["authorization_details"]


def lent(lender, browser, claims=("email",), **more):
    """The answer of /token."""
    code = lender.code(browser, prompt="consent", claims=claims,
                       authorization_details=details(), **more)
    return lender.token(code)


def test_a_refresh_keeps_to_what_is_allowed_now(lender, browser):
    """Twin: it is allowed again."""
    first = lent(lender, browser)
    token = first.json()["refresh_token"]
    assert granted(first) == granted(lender.refresh(token)) == json.loads(details())
    lent(lender, browser, claims=())
    answer = lender.refresh(token)
    assert granted(answer) == json.loads(details(attributes=["name"]))
    claims = jwt_tools.payload_of(answer.json()["access_token"])
    assert claims["authorization_details"] == granted(answer)
    lent(lender, browser)
    assert granted(lender.refresh(token)) == json.loads(details())


def test_less_at_the_token_endpoint(lender, browser):
    """RFC 9396 section 6: the claims go with it; the refresh token stands for all."""
    less = details(attributes=["name"])
    code = lender.code(browser, prompt="consent", claims=("email",),
                       authorization_details=details())
    first = lender.token(code, authorization_details=less)
    assert granted(first) == json.loads(less)
    assert lender.userinfo(first.json()["access_token"]).json().keys() == {"sub", "name"}
    token = first.json()["refresh_token"]
    for asked in (details(), "", details(attributes=["email", "name"])):
        whole = lender.refresh(token, authorization_details=asked)
        assert {*granted(whole)[0]["attributes"]} == {"name", "email"}
        assert lender.userinfo(whole.json()["access_token"]).json().keys() == {
            "sub", "name", "email"}
    assert granted(lender.refresh(token, authorization_details=less)) == json.loads(less)


def test_a_scope_has_the_claim_as_well(lender, browser):
    code = lender.code(browser, prompt="consent", claims=("email",), scope="openid email",
                       authorization_details=details())
    answer = lender.token(code, authorization_details=details(attributes=["name"]))
    assert lender.userinfo(answer.json()["access_token"]).json().keys() == {
        "sub", "name", "email"}


@pytest.mark.parametrize("asked", [
    details(attributes=["name", "birthdate"]), details(purpose="sign-in"), details(until=None),
    details(until="2028-06-30"), details(type="x"), details(attributes=None), "[]", "{}", "[", "x",
    details(extra=1), f"[{details()[1:-1]},{details(purpose='other')[1:-1]}]",
    json.dumps([{"type": "openid_credential", "credential_configuration_id": "pid"}])], ids=repr)
def test_other_or_more_at_the_token_endpoint(lender, browser, asked):
    token = lent(lender, browser).json()["refresh_token"]
    assert_refused(lender.refresh(token, authorization_details=asked),
                   "invalid_authorization_details")
    assert lender.refresh(token).status_code == 200


def test_details_at_the_token_endpoint_where_none_were_granted(lender, browser):
    code = lender.code(browser, prompt="consent")
    assert_refused(lender.token(code, authorization_details=details()),
                   "invalid_authorization_details")

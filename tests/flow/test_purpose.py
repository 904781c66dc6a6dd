# SPDX-License-Identifier: Apache-2.0
"""Registered purposes and attributes: two operators, certificates, what may be asked and released
under them, thresholds and matches."""

import json
import time

import pytest
import requests
from authlib.jose import JsonWebKey, JsonWebToken
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import jwt_tools
from browser import Page
from conftest import ALL_SCOPES, GRANTS, client
from relying_party import query_of
from test_rar import consent_page

DAY_S = 24 * 3600
TEXTS = {"km": "មូលហេតុ", "lo": "ເຫດຜົນ", "en": "To open an account", "fr": "Pour un compte",
         "ar": "لفتح حساب"}


def document(client_id, *attributes, **changes):
    """attributes: names, an essential one with a ! behind it."""
    made = {"client_id": client_id, "id": "account", "why": TEXTS, "basis": "consent",
            "attributes": [{"name": name.rstrip("!"), "essential": name.endswith("!")}
                           for name in attributes],
            "mode": "until", "valid_for": "P30D", "data_life": "P10D", "dpia": "DPIA-1",
            "country": "KH", **changes}
    return {name: value for name, value in made.items() if value is not None}


def operator_keys(gateway, prefix=""):
    """Options of two operators beside the Unix user: each has a key."""
    keys = []
    for name in ("anna", "bora"):
        path = gateway.folder / f"{prefix}{name}.pem"
        path.write_bytes(jwt_tools.ec_key().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)
        keys.append(("--operator-key", path))
    return keys


@pytest.fixture(scope="module")
def operators(gateway):
    return operator_keys(gateway)


def register(gateway, operators, made):
    """Proposed by the Unix user, approved by a key."""
    gateway.apply("purpose", made)
    return gateway.dvara("purpose", "approve", made["client_id"], made["id"], *operators[0])


def details(*names, purpose="account"):
    return json.dumps([{"type": "attributes", "purpose": purpose, "attributes": list(names)}])


def settle():
    """Every loop sees a change within a second."""
    time.sleep(1.05)


def url(gateway, client_id, purpose="account"):
    return f"{gateway.url}/purposes/{client_id}/{purpose}"


def certificate(gateway, client_id):
    return requests.get(url(gateway, client_id), headers={"Accept": "application/jwt"}, timeout=20)


def test_two_operators(gateway, operators):
    client(gateway, "bank", jwt_tools.ec_key())
    gateway.apply("attribute", {"name": "is_voter", "kind": "predicate", "label": TEXTS})
    made = document("bank", "full_name!", "phone_number")
    assert gateway.apply("purpose", made) | {"proposed_by": ""} == {
        "client_id": "bank", "purpose": "account", "number": 1, "state": "proposed",
        "proposed_by": ""}
    assert gateway.apply("purpose", made)["number"] == 1
    assert requests.get(url(gateway, "bank"), timeout=20).status_code == 404
    # neither who proposed it, nor somebody who says to be another
    gateway.dvara("purpose", "approve", "bank", "account", expect=4)
    gateway.dvara("attribute", "approve", "is_voter", expect=4)
    approved = gateway.dvara("purpose", "approve", "bank", "account", *operators[0])
    assert approved["state"] == "approved" and approved["approved_by"].startswith("key:")
    assert 0 < approved["until"] - time.time() <= 365 * DAY_S + 5
    gateway.dvara("purpose", "approve", "bank", "account", *operators[1], expect=4)
    gateway.dvara("purpose", "approve", "bank", "other", *operators[1], expect=3)
    gateway.dvara("purpose", "approve", "bank", "account", 7, *operators[1], expect=3)
    gateway.dvara("purpose", "suspend", "bank", "other", expect=3)

    changed = document("bank", "full_name!", "email", data_life="P20D")
    path = gateway.folder / "changed.json"
    path.write_text(json.dumps(changed))
    diff = gateway.dvara("purpose", "diff", path)
    assert diff["from"] == 1 and [change["member"] for change in diff["changes"]] == [
        "/attributes/phone_number", "/attributes/email", "/data_life"]
    assert gateway.apply("purpose", changed)["number"] == 2
    states = {row["number"]: row["state"] for row in gateway.dvara("purpose", "list", "bank")}
    assert states == {1: "approved", 2: "proposed"}
    gateway.dvara("purpose", "approve", "bank", "account", 2, *operators[1])
    states = {row["number"]: row["state"] for row in gateway.dvara("purpose", "list", "bank")}
    assert states == {1: "superseded", 2: "approved"}
    events = [row["event"] for row in gateway.dvara("audit", "list")]
    assert events[:2] == ["purpose.approved", "purpose.proposed"]


def test_only_operators_of_the_settings(gateway, operators):
    client(gateway, "ruled", jwt_tools.ec_key())
    gateway.apply("purpose", document("ruled", "email"))
    done = gateway.dvara("purpose", "show", "ruled", "account")
    gateway.settings["consent.operators"] = done["proposed_by"]
    gateway.config_write()
    try:
        gateway.dvara("purpose", "approve", "ruled", "account", *operators[0], expect=1)
        gateway.dvara("purpose", "suspend", "ruled", "account", *operators[0], expect=1)
        gateway.dvara("purpose", "approve", "ruled", "account", expect=4)
    finally:
        del gateway.settings["consent.operators"]
        gateway.config_write()


def test_what_is_refused_says_why(gateway):
    client(gateway, "greedy", jwt_tools.ec_key())
    for attributes in (["age_over_18", "age_over_21"], ["birthdate", "age_over_18"],
                       ["has_disability!"], ["personal_number"], ["shoe_size"]):
        path = gateway.folder / "refused.json"
        path.write_text(json.dumps(document("greedy", *attributes)))
        gateway.dvara("purpose", "apply", path, expect=1)
    path.write_text(json.dumps(document("nobody", "full_name")))
    gateway.dvara("purpose", "apply", path, expect=3)


def test_the_certificate(gateway, operators):
    client(gateway, "shop", jwt_tools.ec_key())
    made = document("shop", "full_name!", "age_over_18")
    register(gateway, operators, made)
    settle()
    answer = requests.get(url(gateway, "shop"), timeout=20).json()
    assert answer["state"] == "in_force" and answer["document"]["attributes"] == made["attributes"]
    jws = certificate(gateway, "shop").text
    assert jws == answer["certificate"]
    keys = JsonWebKey.import_key_set(requests.get(f"{gateway.url}/jwks", timeout=20).json())
    claims = JsonWebToken(["ES256"]).decode(jws, keys)
    assert claims.header["typ"] == "rc-rp+jwt"
    assert claims["iss"] == gateway.url and claims["sub"] == "shop"
    assert claims["exp"] - claims["iat"] <= 365 * DAY_S
    assert claims["status"] == url(gateway, "shop")
    assert claims["purpose"]["why"] == TEXTS and claims["number"] == 1
    page = requests.get(url(gateway, "shop"), timeout=20, headers={
        "Accept": "text/html,*/*;q=0.8", "Accept-Language": "fr"})
    assert "peut demander" in page.text and TEXTS["fr"] in page.text
    assert "Avoir au moins 18 ans" in page.text and "purpose-stopped" not in page.text
    gateway.dvara("purpose", "suspend", "shop", "account")
    assert requests.get(url(gateway, "shop"), timeout=20).json()["state"] == "suspended"
    assert requests.get(url(gateway, "shop", "none"), timeout=20).status_code == 404


@pytest.fixture(scope="module")
def lender(gateway, operators):
    """Asks by a registered purpose, which stands in place of the inline one of its name."""
    made = client(gateway, "lender", jwt_tools.ec_key(), grant_types=GRANTS,
                  scope=f"{ALL_SCOPES} offline_access", dvara_purposes=[
        {"id": "account", "why": {"en": "Old words"}, "claims": [{"name": "birthdate"}]}])
    register(gateway, operators, document(
        "lender", "full_name!", "age_over_18!", "email", "has_disability", "resident_of:KH-12",
        "household_income_below:700000", "nationality_is:KH", "document_valid",
        "number_matches:document_number"))
    settle()
    return made


def test_what_is_registered_is_asked_and_received(gateway, lender, browser):
    answer = consent_page(lender, browser, authorization_details=details(
        "full_name", "age_over_18", "email", "has_disability", "resident_of:KH-12",
        "household_income_below:700000", "nationality_is:KH", "document_valid"))
    page = Page(answer.text)
    assert "To open an account" in answer.text and "Old words" not in answer.text
    assert f'id="purpose-registered" href="{url(gateway, "lender")}"' in answer.text
    assert answer.text.count("specially protected") == 1
    boxes = page.form_of("consent").boxes()
    assert set(boxes) == {
        "full_name", "age_over_18", "email", "has_disability", "resident_of:KH-12",
        "household_income_below:700000", "nationality_is:KH", "document_valid"}
    form = page.form_of("consent")
    ticks = [("claim", name) for name in boxes]
    answer = browser.walk(browser.post(form.action, form.fields + ticks + [("decision", "allow")]))
    tokens = lender.token(query_of(answer)["code"]).json()
    got = lender.userinfo(tokens["access_token"]).json()
    got.pop("sub")
    assert got == {
        "full_name": "សុខ សុភា", "age_over_18": True, "email": "sophea@people.example",
        "has_disability": False, "resident_of:KH-12": True, "document_valid": True,
        "household_income_below:700000": True, "nationality_is:KH": True}


def test_what_is_not_registered_is_not(gateway, lender, browser):
    """By scope, claims parameter, authorization_details, userinfo."""
    answer = lender.authorize(browser, authorization_details=details("full_name", "birthdate"))
    assert query_of(answer)["error"] == "invalid_authorization_details"
    asked = {"userinfo": {"birthdate": None, "age_over_21": None, "email": None},
             "id_token": {"birthdate": {"essential": True}, "nationality": None}}
    answer = consent_page(lender, browser, prompt="consent", scope="openid profile address phone",
                          claims=json.dumps(asked))
    assert set(Page(answer.text).form_of("consent").boxes()) == {"email"}
    form = Page(answer.text).form_of("consent")
    ticks = [("claim", name) for name in ("email", "birthdate", "address", "phone_number")]
    answer = browser.walk(browser.post(form.action, form.fields + ticks + [("decision", "allow")]))
    tokens = lender.token(query_of(answer)["code"]).json()
    assert lender.userinfo(tokens["access_token"]).json().keys() == {"sub", "email"}
    assert "birthdate" not in jwt_tools.payload_of(tokens["id_token"])


def matched(lender, browser, number):
    """What userinfo says of a number that the request brings."""
    asked = json.dumps({"userinfo": {"number_matches:document_number": {"value": number}}})
    answer = consent_page(lender, browser, prompt="consent", claims=asked)
    boxes = Page(answer.text).form_of("consent").boxes()
    answer = browser.walk(browser.post(
        Page(answer.text).form_of("consent").action,
        Page(answer.text).form_of("consent").fields
        + [("claim", name) for name in boxes] + [("decision", "allow")]))
    tokens = lender.token(query_of(answer)["code"]).json()
    return lender.userinfo(tokens["access_token"]).json().get("number_matches:document_number")


def test_numbers_are_matched_not_searched(lender, browser):
    assert matched(lender, browser, "kh 0204117") is True
    assert matched(lender, browser, "KH0204118") is False
    assert matched(lender, browser, "KH0204119") is False
    # one number in the ID token that the person is shown, another behind it
    two = {member: {"number_matches:document_number": {"value": value}}
           for member, value in (("id_token", "KH0204117"), ("userinfo", "KH0204118"))}
    answer = lender.authorize(browser, prompt="consent", claims=json.dumps(two))
    assert query_of(answer)["error"] == "invalid_request"
    # a fourth number within a year is neither asked nor answered; one of the three still is
    assert matched(lender, browser, "KH0204120") is None
    assert matched(lender, browser, "KH0204117") is True


def test_three_thresholds_a_year(gateway, operators, browser):
    prober = client(gateway, "prober", jwt_tools.ec_key())
    for number, age in enumerate((18, 40, 29, 35, 31)):
        register(gateway, operators, document(
            "prober", f"age_over_{age}", id=f"purpose{number}"))
    settle()
    got = []
    for number, age in ((0, 18), (1, 40), (2, 29), (3, 35), (4, 31), (0, 18)):
        answer = consent_page(prober, browser, prompt="consent", authorization_details=details(
            f"age_over_{age}", purpose=f"purpose{number}"))
        boxes = Page(answer.text).form_of("consent").boxes()
        form = Page(answer.text).form_of("consent")
        answer = browser.walk(browser.post(form.action, form.fields + [
            ("claim", f"age_over_{age}"), ("decision", "allow")]))
        tokens = prober.token(query_of(answer)["code"]).json()
        told = prober.userinfo(tokens["access_token"]).json()
        assert (f"age_over_{age}" in told) == bool(boxes)
        got.append(len(told) - 1)
    assert got == [1, 1, 1, 0, 0, 1]


def test_clients_of_a_sector_count_as_one(gateway, browser):
    """They know a person by the same name, and put together what each has heard."""
    ages, got = (18, 40, 29, 35), []
    for number, age in enumerate(ages):
        name = f"age_over_{age}"
        one = client(gateway, f"sister-{number}", jwt_tools.ec_key(),
                     redirect_uris=[f"https://sisters.test/{number}"], dvara_purposes=[
                         {"id": "age", "why": {"en": "x"}, "claims": [{"name": name}]}])
        answer = consent_page(one, browser, authorization_details=details(name, purpose="age"))
        form = Page(answer.text).form_of("consent")
        answer = browser.walk(browser.post(form.action, form.fields + [
            ("claim", name), ("decision", "allow")]))
        told = one.userinfo(one.token(query_of(answer)["code"]).json()["access_token"]).json()
        got.append((told.pop("sub"), list(told)))
    assert len({sub for sub, _ in got}) == 1
    assert [names for _, names in got] == [["age_over_18"], ["age_over_40"], ["age_over_29"], []]


def test_a_no_counts_as_a_yes_does(gateway, browser):
    """Whoever asks for true alone would learn from silence what stands in no ledger, and counts for
    no threshold: down from 90 until somebody says yes."""
    ages = (90, 80, 70, 60)
    asker = client(gateway, "from-above", jwt_tools.ec_key(), dvara_purposes=[
        {"id": f"over{age}", "why": {"en": "x"}, "claims": [{"name": f"age_over_{age}"}]}
        for age in ages])
    settle()
    got = []
    for age in ages:
        name = f"age_over_{age}"
        answer = consent_page(
            asker, browser, prompt="consent", authorization_details=details(
                name, purpose=f"over{age}"),
            claims=json.dumps({"userinfo": {name: {"value": True}}}))
        form = Page(answer.text).form_of("consent")
        answer = browser.walk(browser.post(form.action, form.fields + [
            ("claim", name), ("decision", "allow")]))
        tokens = asker.token(query_of(answer)["code"]).json()
        got.append(asker.userinfo(tokens["access_token"]).json().get(name))
    assert got == [False, False, False, None]
    rows = gateway.sql("SELECT claims FROM ledger WHERE client_id = 'from-above' ORDER BY at_s, id")
    assert sorted(json.loads(row[0]) for row in rows) == [
        ["age_over_70"], ["age_over_80"], ["age_over_90"]]


def test_suspended_and_over(gateway, operators, lender, browser):
    tokens = lender.tokens(browser, authorization_details=details("full_name", "age_over_18"),
                           scope="openid offline_access")

    def is_active():
        form = {"token": tokens["access_token"], **lender.credentials()[0]}
        return requests.post(f"{gateway.url}/introspect", data=form, timeout=20).json()["active"]

    assert is_active()
    gateway.dvara("purpose", "suspend", "lender", "account")
    settle()
    assert lender.userinfo(tokens["access_token"]).status_code != 200
    assert not is_active()
    answer = lender.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    answer = lender.authorize(browser, authorization_details=details("full_name"))
    assert query_of(answer)["error"] == "unauthorized_client"
    gateway.dvara("purpose", "approve", "lender", "account", *operators[0], expect=0)
    settle()
    assert lender.userinfo(tokens["access_token"]).status_code == 200 and is_active()

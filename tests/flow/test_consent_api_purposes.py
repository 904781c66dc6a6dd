# SPDX-License-Identifier: Apache-2.0
"""The consent API by registered purposes: predicates, how often, by which law, and their end."""

import json
import re

import pytest
import requests

from bank import bank_of, page_of, press, verified
from browser import Browser, Page
from consent_api import refused
from gateway import ROOT, Gateway
from relying_party import query_of
from test_purpose import TEXTS, document, operators, register, settle  # noqa: F401

LAW = {language: f"Banking Act, article 7 ({language})" for language in TEXTS}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("consent-api-purposes")) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


@pytest.fixture(scope="module")
def bank(gateway, operators):  # noqa: F811
    """Its purposes: an account, one for once, one that may be fetched twice a day, one by law."""
    made = bank_of(gateway, "bank")
    for changes in (
            {}, {"id": "once", "mode": "once", "valid_for": None},
            {"id": "often", "frequency": {"releases": 2, "per": "P1D"}},
            {"id": "duty", "basis": "legal_duty", "law": LAW}, {"id": "ending"}, {"id": "renewed"}):
        names = ["name!", "document_valid!"] if "law" in changes else [
            "name!", "age_over_18!", "number_matches:document_number", "email"]
        register(gateway, operators, document("bank", *names, **changes))
    settle()
    return made


def ask(purpose, *names, **more):
    return {"purpose": purpose, "attributes": [{"name": name} for name in names],
            "return_url": "https://bank.test/cb", **more}


def consented(bank, browser, body, claims=()):
    made = bank.made("/consent-requests", body)
    return query_of(press(browser, page_of(browser, made), claims=claims))["consent_id"]


def walked(browser, at, persona="sophea"):
    """To the consent page."""
    for _ in range(8):
        form = Page(at.text).form_of("login-test") if at.status_code == 200 else None
        if form is not None:
            at = browser.sign_in(Page(at.text), persona)
        elif at.status_code == 303:
            at = browser.get(at.headers["Location"])
    return at


def test_predicates_before_values(bank):
    answer = bank.post("/consent-requests", ask("account", "name", "birthdate"))
    problem = refused(answer, 400, "predicate-required")
    assert "age_over_18" in problem["detail"]
    assert problem["errors"][0]["pointer"] == "/attributes/1/name"
    refused(bank.post("/consent-requests", ask("account", "age_over_21")), 400,
            "attribute-not-in-purpose")


def test_a_fact_and_no_more(bank, browser):
    consent = consented(bank, browser, ask("account/v1", "name", "age_over_18"))
    got = bank.released(consent)["attributes"]
    assert got.pop("age_over_18") is True and set(got) == {"name"}
    # what was registered is the notice, where the client names none of its own
    receipt = verified(bank.gateway, bank.get(f"/consents/{consent}/receipt").text,
                       "consent-receipt+jwt")
    notice = receipt["privacy_notice"]
    assert requests.get(notice, timeout=20).json()["id"] == "account"
    [processing] = receipt["pii_processing"]
    assert processing["jurisdiction"] == "KH" and processing["storage_locations"] == ["KH"]
    assert processing["impact_assessment"] and "frequency" not in processing


@pytest.mark.parametrize("number, is_theirs", [("KH0204117", True), ("KH0204118", False)])
def test_a_number_is_compared(bank, browser, number, is_theirs):
    body = ask("account", "name")
    body["attributes"].append({"name": "number_matches:document_number", "value": number})
    consent = consented(bank, browser, body, ["number_matches:document_number"])
    got = bank.released(consent)["attributes"]
    assert got["number_matches:document_number"] is is_theirs
    assert "KH0204117" not in json.dumps(got)


@pytest.mark.parametrize("attribute", [
    {"name": "number_matches:document_number"}, {"name": "email", "value": "a@b.test"}])
def test_a_value_is_for_matches_and_they_need_one(bank, attribute):
    body = ask("account", "name")
    body["attributes"].append(attribute)
    problem = refused(bank.post("/consent-requests", body), 400, "invalid_request")
    assert problem["errors"][0]["pointer"] == "/attributes/1/value"


def test_at_a_sign_in_the_number_of_the_request_is_compared(bank, browser):
    """And no other, which would come by the browser when the person was shown the first."""
    match = "number_matches:document_number"
    body = ask("account", "name", access={"mode": "until"})
    body["attributes"].append({"name": match, "value": "KH0204117"})
    made = bank.made("/consent-requests", body)
    sent = bank.party.request(response_type=None, scope=None, redirect_uri=None, claims=json.dumps(
        {"userinfo": {match: {"value": "KH0204118"}}}))
    bank.party.sent = sent
    at = browser.get("/authorize", params={**sent, "request_uri": made["request_uri"]})
    at = walked(browser, at)
    back = press(browser, at, claims=[match])
    while "bank.test" not in back.headers["Location"]:
        back = browser.get(back.headers["Location"])
    url = f"{bank.gateway.url}/token"
    tokens = bank.party.token(query_of(back)["code"], bank.party.credentials(bank.ahead_s),
                              redirect_uri="https://bank.test/cb",
                              headers=bank.proofs.header("POST", url)).json()
    url = f"{bank.gateway.url}/userinfo"
    got = requests.get(url, timeout=20, headers=bank.proofs.shown(
        "GET", url, tokens["access_token"])).json()
    assert got[match] is True
    assert bank.released(tokens["grant_id"])["attributes"][match] is True


def test_the_most_that_the_purpose_allows(bank):
    made = bank.made("/consent-requests", ask("once", "name", access={"mode": "until"}))
    assert made["access"] == {"mode": "once"} and made["capped"] == ["access"]
    made = bank.made("/consent-requests", ask("account", "name", access={"mode": "until"}))
    assert made["access"] == {"mode": "until"} and made["capped"] == []
    assert made["data_life"] == "P10D"


def test_no_more_often_than_the_purpose_says(bank, browser):
    consent = consented(bank, browser, ask("often", "name", access={"mode": "until"}))
    path = f"/consents/{consent}/releases"
    limit = {"releases": 2, "per": "P1D"}
    assert bank.get(f"/consents/{consent}").json()["frequency"] == limit
    signed = bank.get(f"/consents/{consent}", headers={"Accept": "application/jwt"}).text
    assert verified(bank.gateway, signed, "consent+jwt")["frequency"] == limit
    bank.released(consent, key="first")
    bank.released(consent)
    late = bank.post(path)
    refused(late, 429, "limit-exceeded")
    assert 86000 < int(late.headers["Retry-After"]) <= 86400
    # what was given is still sent again
    bank.released(consent, key="first")
    with bank.gateway.clock(86500):
        bank.token = None
        bank.released(consent)
    bank.token = None


def test_a_duty_is_a_notice(gateway, bank, browser):
    made = bank.made("/consent-requests", ask("duty", "name", "document_valid"))
    page = page_of(browser, made)
    form = Page(page.text).form_of("consent")
    assert LAW["en"] in page.text and form.boxes() == {} and 'id="deny"' not in page.text
    consent = query_of(press(browser, page))["consent_id"]
    assert bank.get(f"/consents/{consent}").json()["basis"] == "legal_duty"
    assert set(bank.released(consent)["attributes"]) == {"name", "document_valid"}
    [(basis,)] = gateway.sql("SELECT basis FROM ledger WHERE consent_id = ?", consent)
    assert basis == "legal_duty"


def test_the_page_says_how_long_and_where(bank, browser):
    made = bank.made("/consent-requests", ask("account", "name", data_life="P5D"))
    page = page_of(browser, made)
    assert "They may keep it for 5 days." in re.sub("<[^>]*>", "", page.text)
    assert '<bdi id="country">Cambodia</bdi>' in page.text


def test_a_purpose_that_is_suspended(gateway, bank, browser, operators):  # noqa: F811
    consent = consented(bank, browser, ask("ending", "name", access={"mode": "until"}))
    waiting = bank.made("/consent-requests", ask("ending", "name"))
    path = f"/consents/{consent}/releases"
    given = bank.post(path, key="given").text
    gateway.dvara("purpose", "suspend", "bank", "ending")
    settle()
    refused(bank.post("/consent-requests", ask("ending", "name")), 403, "certificate-expired")
    assert page_of(browser, waiting).status_code == 400
    shown = bank.get(f"/consents/{consent}").json()
    assert (shown["status"], shown["suspended_because"]) == ("suspended", "purpose_suspended")
    shown = bank.get(f"/grants/{consent}").json()
    assert (shown["status"], shown["suspended_because"]) == ("suspended", "purpose_suspended")
    assert consent in [one["id"] for one in bank.get("/consents?status=suspended").json()["data"]]
    refused(bank.post(path), 409, "consent-not-active")
    refused(bank.post(path, key="given"), 409, "consent-not-active")  # nor what was given before
    assert "ending" not in [one["id"] for one in bank.get("/purposes").json()["data"]]
    gateway.dvara("purpose", "approve", "bank", "ending", *operators[0], expect=0)
    settle()
    shown = bank.get(f"/consents/{consent}").json()
    assert shown["status"] == "active" and "suspended_because" not in shown
    assert bank.post(path, key="given").text == given


def test_a_purpose_of_another_version(gateway, bank, browser, operators):  # noqa: F811
    consent = consented(bank, browser, ask("renewed", "name", access={"mode": "until"}))
    register(gateway, operators, document("bank", "name!", "email", id="renewed"))
    settle()
    shown = bank.get(f"/consents/{consent}").json()
    assert (shown["status"], shown["suspended_because"]) == ("suspended", "purpose_changed")
    assert shown["purpose"] == "renewed"
    refused(bank.post(f"/consents/{consent}/releases"), 409, "consent-not-active")

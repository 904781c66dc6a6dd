# SPDX-License-Identifier: Apache-2.0
"""The consent API: a client asks, the person answers on a page, the client fetches what was allowed,
and it ends (facts: states, errors; cases S01, S02, S04, S05, S08, S09)."""

import concurrent.futures
import contextlib
import hashlib
import json
import re
import secrets
import sqlite3
import time

import pytest
import requests

import jwt_tools
from bank import PURPOSE, Bank, answer, bank_of, page_of, press, verified
from browser import Browser, Page
from consent_api import BASE, Consenting, refused
from gateway import ROOT, Gateway
from relying_party import query_of

RETURN = "https://bank.test/cb"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    settings = {"consent.waits_per_client": 1}
    with Gateway(tmp_path_factory.mktemp("consent-api"), settings) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


@pytest.fixture(scope="module")
def bank(gateway):
    return bank_of(gateway, "bank")


@pytest.fixture(scope="module")
def shop(gateway):
    return bank_of(gateway, "shop", has_opener=False)


def poke(gateway, statement, *values):
    """What only time or the person's own page does."""
    with contextlib.closing(sqlite3.connect(gateway.database, timeout=20)) as link:
        link.execute(statement, values)
        link.commit()


def ledger(gateway):
    return gateway.sql("SELECT count(*) FROM ledger WHERE channel = 'consent_api'")[0][0]


def test_from_the_request_to_the_release(gateway, bank, browser):
    made = bank.asked()
    assert made["status"] == "awaiting_authorisation" and made["capped"] == []
    assert made["qr_payload"] == made["authorise_url"]
    assert made["purpose"] == "bank-account/v1" and made["data_life"] == "P30D"
    page = page_of(browser, made)
    form = Page(page.text).form_of("consent")
    assert form.boxes() == {"name": (True, True), "birthdate": (True, True),
                            "phone_number": (False, False)}
    assert "to send the result" in page.text and "To open an account for you." in page.text
    back = press(browser, page, claims=["phone_number"])
    assert back.headers["Location"].startswith(RETURN + "?")
    told = query_of(back)
    assert told["consent_request"] == made["id"] and told["status"] == "authorised"

    shown = bank.get(f"/consent-requests/{made['id']}").json()
    assert shown["status"] == "authorised" and shown["consent_id"] == told["consent_id"]
    news = {one["type"]: one["data"] for one in bank.get("/events?limit=100").json()["data"]
            if made["id"] in one["data"].values()}
    assert news == {
        "consent_request.authorised": {
            "id": made["id"], "status": "authorised", "consent_id": told["consent_id"]},
        "consent.given": {
            "id": told["consent_id"], "status": "active", "consent_request": made["id"]}}
    consent = bank.get(f"/consents/{told['consent_id']}").json()
    assert consent["status"] == "active" and consent["access"] == {"mode": "once"}
    assert consent["attributes"] == ["name", "birthdate", "phone_number"]
    assert "Sophea" not in json.dumps([shown, consent])

    before = ledger(gateway)
    got = bank.released(told["consent_id"])
    assert set(got["attributes"]) == {"name", "birthdate", "phone_number"}
    assert got["consent_id"] == consent["id"] and got["sub"] == consent["sub"]
    assert got["aud"] == "bank" and got["data_life"] == "P30D"
    assert got["purpose"] == consent["purpose"] == "bank-account/v1"
    assert ledger(gateway) == before + 1
    assert bank.get(f"/consents/{told['consent_id']}").json()["status"] == "consumed"
    refused(bank.post(f"/consents/{told['consent_id']}/releases"), 409, "consent-not-active")


def test_who_died_since_is_not_told_of_again(gateway, bank, browser):
    """The person is blocked in the register: what was released before is not sent again."""
    [person] = [one for one in json.loads((ROOT / "conf/demo/personas.json").read_text())
                if one["short_name"] == "noy"]
    made = bank.asked(access={"mode": "until"})
    consent = query_of(answer(browser, made, persona="noy"))["consent_id"]
    path, key = f"/consents/{consent}/releases", secrets.token_urlsafe(12)
    bank.released(consent, key=key)
    gateway.apply("person", [{**person, "life": "blocked"}])
    refused(bank.post(path), 409, "consent-not-active")
    refused(bank.post(path, key=key), 409, "consent-not-active")


def test_a_part_of_what_was_allowed_is_released(bank, browser):
    consent = bank.consented(browser, access={"mode": "until"})
    got = bank.released(consent, {"attributes": ["birthdate"]})
    assert set(got["attributes"]) == {"birthdate"}
    # a voluntary one that was not ticked stays where it is
    assert set(bank.released(consent)["attributes"]) == {"name", "birthdate"}
    problem = refused(bank.post(f"/consents/{consent}/releases", {"attributes": ["phone_number"]}),
                      400, "attribute-not-in-purpose")
    assert problem["errors"][0]["pointer"] == "/attributes/0"


def test_s05_no_key_brings_more_than_its_row_says(gateway, bank, browser):
    """The answers by keys are in Redis, which may lose them: the key is not then a way to have
    other attributes than those that stand in the ledger."""
    consent = bank.consented(browser, access={"mode": "until"})
    assert set(bank.released(consent, {"attributes": ["birthdate"]}, key="k1")["attributes"]) == {
        "birthdate"}
    for key in gateway.redis.ask("KEYS", "*ik:*"):
        gateway.redis.ask("DEL", key)
    before = ledger(gateway)
    assert set(bank.released(consent, key="k1")["attributes"]) == {"name", "birthdate"}
    assert ledger(gateway) == before + 1
    # the same again has its row already
    for key in gateway.redis.ask("KEYS", "*ik:*"):
        gateway.redis.ask("DEL", key)
    assert set(bank.released(consent, key="k1")["attributes"]) == {"name", "birthdate"}
    assert ledger(gateway) == before + 1


def test_a_person_says_no(bank, browser):
    made = bank.asked()
    told = query_of(answer(browser, made, "deny"))
    assert told == {"consent_request": made["id"], "status": "rejected"}
    shown = bank.get(f"/consent-requests/{made['id']}").json()
    assert shown["status"] == "rejected" and "consent_id" not in shown
    # the page does not come back
    assert browser.get(made["authorise_url"]).status_code == 400


def test_without_a_return_url_a_page_says_it_is_done(bank, browser):
    for decision, says in (("allow", "You have confirmed it"), ("deny", "You have not confirmed it")):
        page = page_of(browser, bank.asked(return_url=None))
        done = press(browser, page, decision)
        assert done.status_code == 200 and says in done.text


def test_cancelled_by_the_client(bank, browser):
    made = bank.asked()
    page = page_of(browser, made)
    assert bank.call("DELETE", f"/consent-requests/{made['id']}").status_code == 204
    assert bank.call("DELETE", f"/consent-requests/{made['id']}").status_code == 204
    assert bank.get(f"/consent-requests/{made['id']}").json()["status"] == "cancelled"
    assert press(browser, page).status_code == 400
    done = bank.asked()
    answer(browser, done)
    refused(bank.call("DELETE", f"/consent-requests/{done['id']}"), 409, "conflict")


def test_a_request_expires(gateway, bank, browser):
    made = bank.asked()
    page = page_of(browser, made)
    poke(gateway, "UPDATE consent_request SET expires_s = 1 WHERE id = ?", made["id"])
    assert bank.get(f"/consent-requests/{made['id']}").json()["status"] == "expired"
    assert press(browser, page).status_code == 400


def test_a_client_waits_for_the_answer(bank, browser):
    made = bank.asked()
    page = page_of(browser, made)

    def decided():
        until = time.monotonic() + 60
        while time.monotonic() < until:  # as often as the gateway lets it wait
            answer = bank.get(f"/consent-requests/{made['id']}", headers={"Prefer": "wait=20"})
            if answer.json()["status"] != "awaiting_authorisation":
                return answer.json()["status"]

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(decided)
        time.sleep(0.7)
        assert not waiting.done()
        press(browser, page)
        assert waiting.result() == "authorised"


@pytest.fixture(scope="module")
def decided(bank):
    """What is decided is answered at once, however long a client would wait."""
    made = bank.asked()
    bank.call("DELETE", f"/consent-requests/{made['id']}")
    return made["id"]


@pytest.mark.parametrize("prefer, applied", [
    ("wait=20", "wait=20"), ('respond-async, WAIT = "7"; x=1, wait=3', "wait=7"),
    ("wait=600", "wait=25"), ("respond-async", None), ("await=5", None), ("wait=x", None),
    ("wait=-5", None), ("wait", None), ("wait=0", None)])
def test_a_preference_that_is_heeded_is_said(bank, decided, prefer, applied):
    """RFC 7240."""
    answer = bank.get(f"/consent-requests/{decided}", headers={"Prefer": prefer})
    assert answer.headers.get("Preference-Applied") == applied


def test_who_waits_too_often_is_answered_at_once(bank, shop, browser):
    """One wait of a client on each of two loops, so that of three one is not heeded; another client
    waits all the same."""
    made = bank.asked()
    page = page_of(browser, made)
    bank.get("/purposes")  # one token for all of them
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(bank.get, f"/consent-requests/{made['id']}",
                               headers={"Prefer": "wait=25"}) for _ in range(3)]
        first = next(concurrent.futures.as_completed(waiting, timeout=20)).result()
        assert first.json()["status"] == "awaiting_authorisation"
        assert "Preference-Applied" not in first.headers
        other = shop.get(f"/consent-requests/{shop.asked()['id']}", headers={"Prefer": "wait=1"})
        assert other.headers["Preference-Applied"] == "wait=1"
        press(browser, page)
        heeded = [one.result(40) for one in waiting if one.result(40) is not first]
        heeded = [one for one in heeded if "Preference-Applied" in one.headers]
        assert heeded and {one.json()["status"] for one in heeded} == {"authorised"}


def test_s01_a_form_from_elsewhere(bank, browser, gateway):
    made = bank.asked()
    page = page_of(browser, made)
    form = Page(page.text).form_of("consent")
    no_token = [field for field in form.fields if field[0] != "csrf"] + [("decision", "allow")]
    assert browser.post(form.action, no_token).status_code == 403
    for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        assert press(browser, page, **headers).status_code == 403
    other = Browser(gateway)
    page_of(other, bank.asked())
    assert other.post(form.action, form.fields + [("decision", "allow")]).status_code == 403
    assert bank.get(f"/consent-requests/{made['id']}").json()["status"] == "awaiting_authorisation"
    assert press(browser, page).status_code == 303


def test_s02_sixteen_presses_one_consent(gateway, bank, browser):
    made = bank.asked()
    page = page_of(browser, made)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: press(browser, page).status_code, range(16)))
    assert got.count(303) == 1 and got.count(400) == 15
    assert gateway.sql("SELECT count(*) FROM consent WHERE request_id = ?", made["id"]) == [(1,)]


def test_s02_no_stays_no(bank, browser):
    made = bank.asked()
    page = page_of(browser, made)
    assert press(browser, page, "deny").status_code == 303
    assert press(browser, page, "allow").status_code == 400
    assert bank.get(f"/consent-requests/{made['id']}").json()["status"] == "rejected"


def test_s05_a_purpose_that_changed_is_not_what_was_asked(gateway, browser):
    bank = Bank(gateway, "changing")
    made = bank.asked()
    page = page_of(browser, made)
    stored = {**bank.party.stored, "dvara_purposes": [{**PURPOSE, "why": {"en": "Another."}}]}
    gateway.apply("client", {name: value for name, value in stored.items() if name != "client_secret"})
    time.sleep(1.1)
    assert press(browser, page).status_code == 400
    assert page_of(browser, made).status_code == 400


def test_the_one_whom_it_waits_for(gateway, bank, browser):
    consent = bank.get(f"/consents/{bank.consented(browser)}").json()
    made = bank.asked(subject_hint=consent["sub"])
    waiting = browser.get("/account/requests")
    assert f"/consent/requests/{made['id']}" in waiting.text
    other = Browser(gateway)
    assert page_of(other, made, "vannak").status_code == 400
    assert answer(browser, made).status_code == 303
    assert f"/consent/requests/{made['id']}" not in browser.get("/account/requests").text


def test_s08_who_is_calling(gateway, bank, shop, browser):
    url = f"{gateway.url}{BASE}/consents"
    bare = requests.get(url, timeout=20)
    assert bare.status_code == 401 and "DPoP" in bare.headers["WWW-Authenticate"]
    plain = bank.own_token(bound=False)
    if plain.status_code == 200:
        token = plain.json()["access_token"]
        shown = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=20)
        assert shown.status_code == 401
    other = Consenting(gateway, "narrow", scope="openid other")
    other.token = other.own_token("other").json()["access_token"]
    other.until = other.now() + 200
    refused(other.get("/consents"), 403, "insufficient_scope")

    made, consent = bank.asked(), bank.consented(browser)
    ways = [("GET", f"/consent-requests/{made['id']}"), ("DELETE", f"/consent-requests/{made['id']}"),
            ("GET", f"/consents/{consent}"), ("GET", f"/consents/{consent}/receipt"),
            ("POST", f"/consents/{consent}/relinquish"), ("POST", f"/consents/{consent}/releases"),
            ("GET", f"/grants/{consent}"), ("DELETE", f"/grants/{consent}")]
    for method, path in ways:
        absent = path.replace(consent, secrets.token_urlsafe(16)).replace(
            made["id"], secrets.token_urlsafe(16))
        foreign, none = shop.call(method, path), shop.call(method, absent)
        bodies = [{name: value for name, value in refused(got, 404, "not_found").items()
                   if name not in ("instance", "trace_id")} for got in (foreign, none)]
        assert bodies[0] == bodies[1]
    sub = bank.get(f"/consents/{consent}").json()["sub"]
    for hint in (sub, secrets.token_urlsafe(32)):
        refused(shop.post("/consent-requests", shop.ask(subject_hint=hint)), 404, "not_found")
    assert bank.get(f"/consents/{consent}").json()["status"] == "active"


BAD_BODIES = [
    ('{"purpose": "bank-account", "purpose": "bank-account"}', None),
    ('{"purpose": 9223372036854775808}', None),
    ("[" * 2049 + "]" * 2049, None), ("{", None), ("[]", None), ('"text"', None), ("", "/purpose"),
    ('{"a/b~c": 1}', "/a~1b~0c"), (json.dumps({"ក" * 22: 1}), "/" + "ក" * 22),
]


def test_what_is_not_there_is_a_problem_too(gateway):
    answer = requests.get(f"{gateway.url}/consent/v1/nowhere", timeout=20)
    assert answer.status_code == 404 and answer.json()["title"] == "Not found"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "html" in requests.get(f"{gateway.url}/nowhere", timeout=20).headers["Content-Type"]


@pytest.mark.parametrize("body, pointer", BAD_BODIES)
def test_s09_a_body_that_is_none(bank, body, pointer):
    problem = refused(bank.post("/consent-requests", body), 400, "invalid_request")
    if pointer:
        assert problem["errors"][0]["pointer"] == pointer


def test_s09_what_kind_and_how_long(gateway, bank):
    path = f"{BASE}/consent-requests"
    headers = {**bank.headers("POST", path), "Idempotency-Key": "k", "Content-Type": "text/plain"}
    answer = requests.post(gateway.url + path, headers=headers, data="{}", timeout=20)
    refused(answer, 415, "invalid_request")
    headers = {**bank.headers("POST", path), "Idempotency-Key": "k",
               "Content-Type": "application/json"}
    answer = requests.post(gateway.url + path, headers=headers, timeout=20,
                           data=json.dumps({"client_reference": "x" * (1 << 20)}))
    refused(answer, 413, "too_large")


@pytest.mark.parametrize("name, pointer, changes", [
    ("invalid_request", "/more", {"more": 1}),
    ("invalid_request", "/purpose", {"purpose": None}),
    ("purpose-not-registered", "/purpose", {"purpose": "another"}),
    ("purpose-not-registered", "/purpose", {"purpose": "bank-account/v2"}),
    ("purpose-not-registered", "/purpose", {"purpose": 1}),
    ("invalid_request", "/access", {"access": {"mode": "ever"}}),
    ("invalid_request", "/access", {"access": {"mode": "once", "more": 1}}),
    ("invalid_request", "/valid_until", {"valid_until": "tomorrow"}),
    ("invalid_request", "/valid_until", {"valid_until": "2020-01-01T00:00:00Z"}),
    ("invalid_request", "/data_life", {"data_life": "90 days"}),
    ("invalid_request", "/attributes", {"attributes": []}),
    ("invalid_request", "/attributes", {"attributes": "name"}),
    ("invalid_request", "/attributes/0/name", {"attributes": [{}]}),
    ("invalid_request", "/attributes/1/name", {"attributes": [{"name": "name"}, {"name": "name"}]}),
    ("invalid_request", "/attributes/0/more", {"attributes": [{"name": "name", "more": 1}]}),
    ("invalid_request", "/attributes/0/essential", {"attributes": [{"name": "name", "essential": 1}]}),
    ("invalid_request", "/attributes/0/why", {"attributes": [{"name": "name", "why": "x"}]}),
    ("invalid_request", "/attributes/0/why", {"attributes": [{"name": "name", "why": {"en": "a\u202eb"}}]}),
    ("attribute-not-in-purpose", "/attributes/1/name",
     {"attributes": [{"name": "name"}, {"name": "address"}]}),
    ("invalid_redirect_uri", "/return_url", {"return_url": "https://evil.test/cb"}),
    ("invalid_request", "/client_reference", {"client_reference": "x" * 65}),
    ("invalid_request", "/client_reference", {"client_reference": "\u202e"}),
    ("not_found", "/subject_hint", {"subject_hint": "nobody"}),
])
def test_what_may_not_be_asked(bank, name, pointer, changes):
    body = {key: value for key, value in {**bank.ask(), **changes}.items() if value is not None}
    answer = bank.post("/consent-requests", body)
    problem = refused(answer, 404 if name == "not_found" else 400, name)
    assert problem["errors"] == [{"pointer": pointer, "code": name, "detail": problem["detail"]}]
    assert requests.get(problem["type"], timeout=20).status_code == 200


def test_what_is_more_than_the_purpose_allows_is_cut_and_said(bank):
    made = bank.asked(
        valid_until="2099-01-01T00:00:00Z", data_life="P10Y",
        attributes=[{"name": "name", "essential": True}, {"name": "phone_number", "essential": True}])
    assert made["capped"] == ["valid_until", "data_life", "attributes/1/essential"]
    assert made["valid_until"] < "2029" and made["data_life"] == "P90D"
    assert made["attributes"][1] == {"name": "phone_number", "essential": False}
    assert bank.asked(valid_until="2026-12-24T00:00:00Z")["capped"] == []


def test_idempotency(gateway, bank):
    refused(bank.post("/consent-requests", bank.ask(), key=""), 400, "idempotency-key-missing")
    key = secrets.token_urlsafe(12)
    first = bank.post("/consent-requests", bank.ask(), key=key)
    again = bank.post("/consent-requests", bank.ask(), key=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.headers["Location"] == again.headers["Location"]
    other = bank.ask(client_reference="B-1")
    refused(bank.post("/consent-requests", other, key=key), 422, "idempotency-conflict")
    # Redis forgot it: the request is the same one still
    gateway.forget()
    bank.token = None
    assert bank.made("/consent-requests", bank.ask(), key=key)["id"] == first.json()["id"]


def test_a_release_sent_for_again(gateway, bank, browser):
    consent = bank.consented(browser)
    key, before = secrets.token_urlsafe(12), ledger(gateway)
    first = bank.post(f"/consents/{consent}/releases", key=key)
    assert bank.post(f"/consents/{consent}/releases", key=key).text == first.text
    gateway.forget()
    bank.token = None
    again = bank.released(consent, key=key)
    assert again["attributes"] == bank.opened(first.text)["attributes"]
    assert again["jti"] == bank.opened(first.text)["jti"]
    assert ledger(gateway) == before + 1
    refused(bank.post(f"/consents/{consent}/releases"), 409, "consent-not-active")


def test_sixteen_releases_of_one_for_once(gateway, bank, browser):
    consent, before = bank.consented(browser), ledger(gateway)
    bank.get("/purposes")  # one token for all of them
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        got = list(pool.map(
            lambda _: bank.post(f"/consents/{consent}/releases").status_code, range(16)))
    assert got.count(200) == 1 and got.count(409) == 15, got
    assert ledger(gateway) == before + 1


def test_paused_resumed_withdrawn(gateway, bank, browser):
    consent = bank.consented(browser, access={"mode": "until"})
    path = f"/consents/{consent}/releases"
    key = secrets.token_urlsafe(12)
    bank.released(consent, key=key)
    poke(gateway, "UPDATE consent SET paused_s = 1 WHERE id = ?", consent)
    refused(bank.post(path), 409, "consent-paused")
    refused(bank.post(path, key=key), 409, "consent-paused")  # nor what was given before
    assert bank.get(f"/consents/{consent}").json()["status"] == "paused"
    poke(gateway, "UPDATE consent SET paused_s = 0 WHERE id = ?", consent)
    bank.released(consent)
    gateway.dvara("consent", "withdraw", consent)
    refused(bank.post(path), 409, "consent-not-active")
    refused(bank.post(path, key=key), 409, "consent-not-active")  # nor what was given before
    assert bank.get(f"/consents/{consent}").json()["status"] == "revoked"


def test_relinquished(bank, browser):
    consent = bank.consented(browser, access={"mode": "until"})
    assert bank.made(f"/consents/{consent}/relinquish", status=200)["status"] == "relinquished"
    assert bank.made(f"/consents/{consent}/relinquish", status=200)["status"] == "relinquished"
    refused(bank.post(f"/consents/{consent}/releases"), 409, "consent-not-active")
    other = bank.consented(browser)
    assert bank.get(f"/grants/{other}").json()["grant_id"] == other
    assert bank.call("DELETE", f"/grants/{other}").status_code == 204
    assert bank.get(f"/consents/{other}").json()["status"] == "relinquished"
    for method in ("GET", "DELETE"):
        refused(bank.call(method, f"/grants/{other}"), 404, "not_found")


def test_one_after_the_other(bank, browser):
    first = bank.consented(browser, access={"mode": "until"})
    bank.consented(browser, access={"mode": "until"})
    assert bank.get(f"/consents/{first}").json()["status"] == "superseded"
    refused(bank.post(f"/consents/{first}/releases"), 409, "consent-not-active")


def test_artefact_and_receipt(gateway, bank, browser):
    consent = bank.consented(browser, ["phone_number"])
    plain = bank.get(f"/consents/{consent}").json()
    signed = bank.get(f"/consents/{consent}", headers={"Accept": "application/jwt"})
    assert signed.headers["Content-Type"] == "application/jwt"
    artefact = verified(gateway, signed.text, "consent+jwt")
    for name in ("sub", "purpose", "attributes", "notice_hash", "valid_until", "data_life"):
        assert artefact[name] == plain[name]
    assert artefact["aud"] == "bank" and artefact["jti"] == consent
    answer = bank.get(f"/consents/{consent}/receipt")
    receipt = verified(gateway, answer.text, "consent-receipt+jwt")
    assert receipt["aud"] == "bank" and receipt["sub"] == plain["sub"]
    for name in ("schema_version", "record_id", "receipt_id", "pii_principal_id", "language",
                 "pii_processing", "pii_controllers", "withdrawal_method", "events", "status"):
        assert receipt[name], name
    processing = receipt["pii_processing"][0]
    assert [one["pii_attribute_id"] for one in processing["pii_information"]] == plain["attributes"]
    assert receipt["pii_controllers"] == [
        {"id": "bank", "name": bank.party.stored["client_name"], "address": "https://bank.test"}]
    assert processing["retention_period"] == "P30D" and processing["lawful_basis"] == "consent"
    # where the person uses their rights there is a page of theirs
    rights = {one["right"]: one["url"] for one in receipt["rights"]}
    assert rights.keys() == {"withdrawal", "access", "rectification", "complaint"}
    assert rights["withdrawal"] == receipt["withdrawal_method"]
    for url in rights.values():
        assert browser.get(url).status_code == 200, url
    assert "BANK" in browser.get(rights["withdrawal"]).text
    # the notice is kept, without anything of the person
    [[notice]] = gateway.sql("SELECT text FROM notice WHERE id = ?", receipt["notice_hash"])
    assert jwt_tools.b64u(hashlib.sha256(notice.encode()).digest()) == receipt["notice_hash"]
    assert "To open an account for you." in notice and "Sophea" not in notice
    # the same for ever
    gateway.dvara("consent", "withdraw", consent)
    assert bank.get(f"/consents/{consent}/receipt").text == answer.text


def test_the_list_is_paged(gateway, browser):
    bank = bank_of(gateway, "paging")
    given = []
    for _ in range(3):
        given.append(bank.consented(browser, access={"mode": "until"}))
    found, path = [], "/consents?limit=2"
    while path:
        answer = bank.get(path)
        found += [one["id"] for one in answer.json()["data"]]
        path = answer.links["next"]["url"].split(BASE)[1] if answer.json()["next"] else None
        assert (path is None) == ("Link" not in answer.headers)
    assert sorted(found) == sorted(given)
    assert [one["id"] for one in bank.get("/consents?status=active").json()["data"]] == given[2:]
    assert len(bank.get("/consents?status=superseded&purpose=bank-account").json()["data"]) == 2
    assert bank.get("/consents?purpose=another").json() == {"data": [], "next": None}
    for bad in ("limit=0", "limit=101", "limit=x", "cursor=!", "cursor=eHg", "status=gone"):
        refused(bank.get(f"/consents?{bad}"), 400, "invalid_request")


def test_what_there_is_and_what_may_be_asked(bank):
    catalogue = bank.get("/catalogue/attributes").json()["data"]
    assert {"name", "birthdate"} <= {one["name"] for one in catalogue}
    for one in catalogue:
        assert one["label"].keys() == {"km", "lo", "en", "fr", "ar"}
        assert one["label"]["km"] != one["label"]["en"] != one["label"]["ar"], one
    purposes = bank.get("/purposes").json()["data"]
    assert all("label" in one for one in purposes[0]["attributes"])
    assert [one["id"] for one in purposes] == ["bank-account"]
    assert purposes[0]["basis"] == "consent" and purposes[0]["data_life"] == "P90D"


def test_a_client_without_a_key_for_encryption(shop, browser):
    shop.token = None  # Redis was emptied since
    consent = shop.consented(browser)
    refused(shop.post(f"/consents/{consent}/releases"), 400, "invalid_request")
    assert shop.get(f"/consents/{consent}").json()["status"] == "active"


def test_revoked_here_refused_there(gateway, bank, browser):
    """Two gateways on one Redis and SQL: at once."""
    consent = bank.consented(browser, access={"mode": "until"})
    with gateway.second() as other:
        got = bank.post(f"/consents/{consent}/releases", at=other)
        assert got.status_code == 200, got.text
        gateway.dvara("consent", "withdraw", consent)
        refused(bank.post(f"/consents/{consent}/releases", at=other), 409, "consent-not-active")
        refused(bank.post(f"/consents/{consent}/releases"), 409, "consent-not-active")


def signed_in(bank, browser, claims=(), decision="allow", **parameters):
    """A sign-in by the request_uri of a consent request; the redirect back."""
    made = bank.asked()
    bank.party.sent = bank.party.request(**{
        "response_type": None, "scope": None, "redirect_uri": None, **parameters})
    at = browser.get("/authorize", params={**bank.party.sent, "request_uri": made["request_uri"]})
    for _ in range(10):
        form = Page(at.text).form_of("login-test") if at.status_code == 200 else None
        if form is not None:
            at = browser.sign_in(Page(at.text), "sophea")
        elif at.status_code == 303 and "bank.test" not in at.headers["Location"]:
            at = browser.get(at.headers["Location"])
        elif at.status_code == 200 and Page(at.text).form_of("consent"):
            at = press(browser, at, decision, claims)
        else:
            break
    return made, at


def test_on_the_way_of_a_sign_in(bank, browser):
    made, back = signed_in(bank, browser, ["phone_number"])
    assert query_of(back)["state"] == bank.party.sent["state"]
    answer = bank.party.token(
        query_of(back)["code"], bank.party.credentials(), redirect_uri=RETURN,
        headers=bank.proofs.header("POST", f"{bank.gateway.url}/token"))
    assert answer.status_code == 200, answer.text
    consent = answer.json()["grant_id"]
    shown = bank.get(f"/consent-requests/{made['id']}").json()
    assert shown["status"] == "authorised" and shown["consent_id"] == consent
    assert bank.get(f"/grants/{consent}").json()["consent_request"] == made["id"]
    assert set(bank.released(consent)["attributes"]) == {"name", "birthdate", "phone_number"}
    # it serves once, here too
    again = browser.get("/authorize", params={
        **bank.party.sent, "request_uri": made["request_uri"]})
    assert again.status_code == 400


def test_on_the_way_of_a_sign_in_no(bank, browser):
    made, back = signed_in(bank, browser, decision="deny")
    assert query_of(back)["error"] == "access_denied"
    assert bank.get(f"/consent-requests/{made['id']}").json()["status"] == "rejected"


def test_the_request_uri_of_another_client(bank, shop, browser):
    made = bank.asked()
    answer = browser.get("/authorize", params={
        **shop.party.request(), "request_uri": made["request_uri"]})
    assert answer.status_code == 400


def test_what_a_sign_in_gave_is_a_consent_too(gateway, bank, browser):
    bank.party.code(browser, prompt="consent")
    [(consent,)] = gateway.sql("SELECT id FROM consent WHERE client_id = 'bank'"
                               " ORDER BY given_s DESC, rowid DESC LIMIT 1")
    receipt = bank.get(f"/consents/{consent}/receipt")
    assert verified(gateway, receipt.text, "consent-receipt+jwt")["record_id"] == consent


def test_the_scope_of_the_api_is_no_sign_ins(bank, browser):
    """Who asks all that it registered gets all but that."""
    code = bank.party.code(browser, scope="openid consent", prompt="consent")
    answer = bank.party.token(code, bank.party.credentials(),
                              headers=bank.proofs.header("POST", f"{bank.gateway.url}/token"))
    assert answer.json()["scope"] == "openid" and "grant_id" in answer.json()
    token = answer.json()["access_token"]
    url = f"{bank.gateway.url}{BASE}/consents"
    got = requests.get(url, headers=bank.proofs.shown("GET", url, token), timeout=20)
    refused(got, 403, "insufficient_scope")


def test_a_request_that_is_pushed_with_a_sign_in(gateway, browser):
    """A client of the profile fapi2 names it at /par."""
    bank = bank_of(gateway, "careful", dvara_profile="fapi2")
    made = bank.asked()
    uri = bank.party.pushed(consent_request=made["id"])
    at = bank.party.open(browser, uri)
    for _ in range(10):
        form = Page(at.text).form_of("login-test") if at.status_code == 200 else None
        if form is not None:
            at = browser.sign_in(Page(at.text), "sophea")
        elif at.status_code == 303 and "careful.test" not in at.headers["Location"]:
            at = browser.get(at.headers["Location"])
        elif at.status_code == 200:
            at = press(browser, at)
        else:
            break
    assert "code" in query_of(at)
    assert bank.get(f"/consent-requests/{made['id']}").json()["status"] == "authorised"
    # alone, it would come by the browser
    made = bank.asked()
    answer = browser.get("/authorize", params={
        **bank.party.request(), "request_uri": made["request_uri"]})
    assert query_of(answer)["error"] == "invalid_request"


def test_an_essential_one_that_is_not_known(gateway, browser):
    """The person is shown what is missing, and may say no; to look changes nothing.  The client hears
    no more than that it was not allowed."""
    claims = [{"name": "name"}, {"name": "email", "essential": True}]
    bank = Bank(gateway, "writes", dvara_purposes=[{**PURPOSE, "claims": claims}])
    made = bank.asked(attributes=[{"name": "name"}, {"name": "email"}])
    path = f"/consent-requests/{made['id']}"
    for _ in range(2):
        page = page_of(browser, made, "vannak")
        assert page.status_code == 200
        assert "Email" in page.text.split('id="missing"')[1].split("</ul>")[0]
        assert 'id="allow"' not in page.text and 'id="deny"' in page.text
        assert bank.get(path).json()["status"] == "awaiting_authorisation"
    again = press(browser, page, "allow")
    assert again.status_code == 200 and 'id="missing"' in again.text
    assert bank.get(path).json()["status"] == "awaiting_authorisation"
    assert query_of(press(browser, page, "deny"))["status"] == "rejected"
    shown = bank.get(path).json()
    assert shown["status"] == "rejected" and "consent_id" not in shown


def test_an_essential_one_that_is_not_known_at_a_sign_in(gateway, browser):
    """The page is the same: the request waits on until the person says no."""
    claims = [{"name": "name"}, {"name": "email", "essential": True}]
    bank = Bank(gateway, "writes-in", dvara_purposes=[{**PURPOSE, "claims": claims}])
    made = bank.asked(attributes=[{"name": "name"}, {"name": "email"}])
    path = f"/consent-requests/{made['id']}"
    bank.party.sent = bank.party.request(response_type=None, scope=None, redirect_uri=None)
    at = browser.get("/authorize", params={**bank.party.sent, "request_uri": made["request_uri"]})
    while 'id="missing"' not in at.text:
        form = Page(at.text).form_of("login-test") if at.status_code == 200 else None
        at = browser.sign_in(Page(at.text), "vannak") if form else browser.get(at.headers["Location"])
    assert "waits for you until" in at.text
    assert bank.get(path).json()["status"] == "awaiting_authorisation"
    assert query_of(browser.walk(press(browser, at, "deny")))["error"] == "access_denied"
    assert bank.get(path).json()["status"] == "rejected"


def test_an_essential_one_that_is_known_in_the_end(gateway, browser):
    """The register learnt it: the same request is answered."""
    [person] = [one for one in json.loads((ROOT / "conf/demo/personas.json").read_text())
                if one["short_name"] == "vannak"]
    claims = [{"name": "name"}, {"name": "email", "essential": True}]
    bank = Bank(gateway, "writes-later", dvara_purposes=[{**PURPOSE, "claims": claims}])
    made = bank.asked(attributes=[{"name": "name"}, {"name": "email"}])
    assert 'id="missing"' in page_of(browser, made, "vannak").text
    learnt = {**person, "claims": {**person["claims"], "email": "vannak@people.example"}}
    gateway.apply("person", [learnt])
    try:
        assert query_of(press(browser, page_of(browser, made)))["status"] == "authorised"
    finally:
        gateway.apply("person", [person])

# SPDX-License-Identifier: Apache-2.0
"""What a service asks of a person itself: on the consent page of the client that calls it, by
consent or by law (consent/service_question.h), and at POST /attributes."""

import json
import re
import time

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from relying_party import RelyingParty, query_of
from services import PERSONAS, Caller, gateway_with, plugin

ATTRIBUTES = [{"name": "name", "essential": True, "why": {"en": "To write it down"}},
              {"name": "birthdate", "why": {"en": "For the form"}}]
LAW = {"en": "A law of the land"}


@pytest.fixture(scope="module")
def caller(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service-consent")
    plugin(folder, "borrower", name={"en": "Lender", "fr": "Prêteur"}, attributes=ATTRIBUTES)
    with gateway_with(folder, "borrower") as running:
        caller = Caller(running, "borrower")
        caller.is_back("borrower", caller.token("borrower"), path="/who")
        yield caller


@pytest.fixture(scope="module")
def by_law(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service-law")
    plugin(folder, "borrower", name={"en": "Lender"}, summary={"en": "Lends money"},
           attributes=ATTRIBUTES, basis="legal_duty", law=LAW)
    with gateway_with(folder, "borrower") as running:
        caller = Caller(running, "borrower")
        caller.is_back("borrower", caller.token("borrower"), path="/who")
        yield caller


def resource(caller):
    return f"{caller.gateway.url}/services/borrower"


def page(caller, browser, **more):
    """The consent page, or the answer to the client."""
    answer = caller.client.authorize(browser, **more)
    for _ in range(6):
        found = Page(answer.text)
        if answer.status_code == 302 or answer.status_code == 303:
            where = answer.headers["Location"]
            if where.startswith("https://caller.test"):
                return query_of(answer)
            answer = browser.get(where)
        elif found.form_of("consent"):
            return answer, found
        else:
            answer = browser.sign_in(found, "sophea")
    raise AssertionError(answer.text)


def boxes(found):
    return {name: disabled for name, (_, disabled) in found.form_of("consent").boxes().items()}


def allowed(caller, persona="sophea", claims=()):
    """A token for the service, after its page was answered anew."""
    return caller.client.tokens(Browser(caller.gateway), persona=persona, claims=claims,
                                resource=resource(caller), prompt="consent")["access_token"]


def attributes(caller, token, names="name birthdate"):
    return caller.call("borrower", "/attributes", token, params={"names": names})


def ledger(caller):
    return caller.gateway.sql("SELECT client_id, basis, claims FROM ledger"
                              " WHERE channel = 'service' ORDER BY id")


def test_the_page_asks_for_the_service_that_is_named(caller):
    _, found = page(caller, Browser(caller.gateway), resource=resource(caller), prompt="consent")
    assert boxes(found)["borrower/name"] is True and boxes(found)["borrower/birthdate"] is False


def test_a_sign_in_does_not_ask_for_services(caller):
    answer, found = page(caller, Browser(caller.gateway), prompt="consent")
    assert not [name for name in boxes(found) if name.startswith("borrower/")]
    assert "Lender" in answer.text, "that it may be used is said"


def test_what_is_not_ticked_does_not_leave(caller):
    token = allowed(caller)
    assert attributes(caller, token).json() == {"name": PERSONAS[0]["claims"]["name"]}
    assert ledger(caller)[-1] == ("borrower", "consent", '["name"]')


def test_what_is_ticked_leaves(caller):
    token = allowed(caller, claims=["borrower/birthdate"])
    assert attributes(caller, token).json()["birthdate"] == PERSONAS[0]["claims"]["birthdate"]
    assert attributes(caller, token, "birthdate").json().keys() == {"birthdate"}


def test_what_the_service_was_allowed_has_a_receipt(caller):
    allowed(caller)
    receipts = caller.gateway.sql("SELECT receipt FROM consent WHERE client_id = 'borrower'")
    said = jwt_tools.payload_of(receipts[-1][0])
    assert said["aud"] == "borrower" and said["pii_controllers"][0]["id"] == "borrower"


def test_nothing_beyond_the_manifest(caller):
    token = allowed(caller, claims=["borrower/birthdate", "borrower/email", "email"])
    assert attributes(caller, token, "email phone_number name").json().keys() == {"name"}


def test_withdrawn_it_gets_nothing_more(caller):
    token = allowed(caller, "vannak")
    assert attributes(caller, token).status_code == 200
    consents = caller.gateway.dvara("consent", "list", "vannak")
    consents = consents.get("consents", consents) if isinstance(consents, dict) else consents
    own = [one for one in consents if one["client_id"] == "borrower" and one["state"] == "active"]
    assert len(own) == 1
    caller.gateway.dvara("consent", "withdraw", own[0]["id"])
    assert attributes(caller, token).status_code == 403
    assert caller.call("borrower", "/who", token).status_code == 200, "its other calls go on"


def own_consent(caller, persona):
    """Of the client that calls, not of the service."""
    consents = caller.gateway.dvara("consent", "list", persona)
    consents = consents.get("consents", consents) if isinstance(consents, dict) else consents
    return next(one["id"] for one in consents
                if one["client_id"] != "borrower" and one["state"] == "active")


def test_paused_at_the_client_its_tokens_get_nothing_of_services(caller):
    """Nor does a service by the client's token, though its own consent stands."""
    browser = Browser(caller.gateway)
    token = caller.client.tokens(browser, persona="vannak", resource=resource(caller),
                                 prompt="consent")["access_token"]
    assert attributes(caller, token).status_code == 200
    consent = own_consent(caller, "vannak")
    for button, status in (("pause", 401), ("resume", 200)):
        account = browser.get("/account/consents")
        form = next(one for one in Page(account.text).forms if one.action == "/account/consents")
        answer = browser.post("/account/consents", [
            *[field for field in form.fields if field[0] not in ("pause", "resume", "withdraw")],
            (button, consent)])
        assert answer.status_code == 303
        assert attributes(caller, token).status_code == status
        assert caller.call("borrower", "/who", token).status_code == status


def test_withdrawn_at_one_gateway_refused_at_another(caller):
    """By the person, on their page; in the next request."""
    browser = Browser(caller.gateway)
    token = caller.client.tokens(browser, persona="noy", resource=resource(caller),
                                 prompt="consent")["access_token"]

    def there():
        return requests.get(f"{second.url}/services/borrower/attributes", timeout=20, headers={
            "Authorization": f"Bearer {token}", "Host": caller.gateway.host},
            params={"names": "name"})

    with caller.gateway.second() as second:
        until = time.monotonic() + 30
        while there().status_code in (502, 503) and time.monotonic() < until:
            time.sleep(0.05)
        assert there().json() == {"name": PERSONAS[4]["claims"]["name"]}
        account = browser.get("/account/consents")
        form = next(one for one in Page(account.text).forms if one.action == "/account/consents")
        own = caller.gateway.sql("SELECT id FROM consent WHERE client_id = 'borrower'"
                                 " AND withdrawn_s = 0 AND ended_s = 0")
        for (consent,) in own:
            browser.post("/account/consents", form.fields + [("withdraw", consent)])
        assert there().status_code == 403


def test_quietly_only_what_was_answered(caller):
    browser = Browser(caller.gateway)
    caller.client.tokens(browser, persona="bopha")
    quiet = query_of(caller.client.authorize(browser, resource=resource(caller), prompt="none"))
    assert quiet["error"] == "consent_required"
    caller.client.tokens(browser, persona="bopha", resource=resource(caller))
    quiet = query_of(caller.client.authorize(browser, resource=resource(caller), prompt="none"))
    assert "code" in quiet


def test_by_law_it_is_a_notice(by_law):
    answer, found = page(by_law, Browser(by_law.gateway), prompt="consent")
    assert LAW["en"] in answer.text and "By law, <bdi>Lender</bdi> may get" in answer.text
    assert not [name for name in boxes(found) if name.startswith("borrower/")]


def test_by_law_it_gets_what_the_law_says(by_law):
    answer = attributes(by_law, by_law.token("borrower"))
    assert answer.json().keys() == {"name", "birthdate"}
    row = ledger(by_law)[-1]
    assert row[:2] == ("borrower", "legal_duty") and set(json.loads(row[2])) == {
        "name", "birthdate"}
    assert not by_law.gateway.sql("SELECT 1 FROM consent WHERE client_id = 'borrower'")


def test_by_law_the_person_reads_which(by_law):
    """In words: no id of the service, no name of a ground."""
    browser = Browser(by_law.gateway)
    token = by_law.client.tokens(browser, persona="noy", resource=resource(by_law),
                                 prompt="consent")["access_token"]
    assert attributes(by_law, token).status_code == 200
    for path in ("/account", "/account/ledger", "/account/print"):
        text = browser.get(path).text.split("</style>")[1]
        text = re.sub(r'(href|value|id)="[^"]*"', "", text)
        assert "Lender" in text and "Date of birth" in text, path
        assert "A law of the land" in text or path.endswith("print")
        found = re.search(r".{80}(borrower|legal_duty|birthdate).{40}", text, re.S)
        assert not found, (path, found.group(0))


def test_no_client_names_a_law_by_itself(caller):
    metadata = {"client_id": "sly", "redirect_uris": ["https://sly.test/cb"], "dvara_purposes": [{
        "id": "x", "why": {"en": "x"}, "claims": [{"name": "name"}], "basis": "legal_duty",
        "law": LAW}]}
    with pytest.raises(AssertionError, match="a law is a basis only of registered purposes"):
        RelyingParty(caller.gateway, metadata, jwt_tools.ec_key())

# SPDX-License-Identifier: Apache-2.0
"""The person's own receipt of what they allowed: to read, to print, signed, and with what they were
shown; whoever else asks gets none."""

import base64
import gzip
import hashlib
import json
import re
import time

import pytest
import requests

from bank import PURPOSE, bank_of, verified
from browser import Browser, Page
from gateway import ROOT, Gateway
from test_purpose import document, operator_keys, register, settle

BUDGET = 10 * 1024


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("receipts"), {"gateway.country": "KH"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def bank(gateway):
    return bank_of(gateway, "bank", client_name="Village Bank")


@pytest.fixture(scope="module")
def sophea(gateway, bank):
    """Her browser, in which she said yes to the bank, and the consent."""
    browser = Browser(gateway)
    return browser, bank.consented(browser, claims=["phone_number"])


def wait_until(is_so):
    """A change of a client is seen by every loop within a second."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def receipt_of(browser):
    """As a person finds it: from the overview by a link."""
    page = browser.get("/account").text
    return re.search(r'href="(/account/receipts/[^"]+)"', page).group(1)


def test_the_same_receipt_as_the_client_s(bank, sophea):
    browser, consent = sophea
    path = receipt_of(browser)
    assert path == f"/account/receipts/{consent}"
    answer = browser.get(f"{path}/receipt.jwt")
    assert answer.headers["Content-Type"] == "application/jwt"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="receipt.jwt"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == bank.get(f"/consents/{consent}/receipt").text
    receipt = verified(bank.gateway, answer.text, "consent-receipt+jwt")
    # Of a purpose that nobody registered: what is known, and that the rest is not.
    processing = receipt["pii_processing"][0]
    assert processing["jurisdiction"] == "KH"
    assert processing["storage_locations"] == ["not stated"]
    assert receipt["privacy_notice"] == f"ni:///sha-256;{receipt['notice_hash']}"
    assert [one["right"] for one in receipt["rights"]] == [
        "withdrawal", "access", "rectification", "complaint"]
    assert receipt["pii_controllers"][0]["name"] == "Village Bank"
    # And what she was shown is there, byte for byte.
    notice = browser.get(f"{path}/notice.json")
    digest = base64.urlsafe_b64encode(hashlib.sha256(notice.content).digest()).decode().rstrip("=")
    assert digest == receipt["notice_hash"]
    assert notice.json()["why"] == "To open an account for you."
    assert "1990" not in notice.text, "no value"


def test_the_page_in_five_languages(sophea):
    browser, consent = sophea
    path = f"/account/receipts/{consent}"
    words = {"en": ("Receipt", "Cambodia", "Not stated", "Phone number"),
             "fr": ("Reçu", "Cambodge", "Non indiqué"), "km": ("បង្កាន់ដៃ",), "lo": ("ໃບຮັບ",),
             "ar": ("إيصال", 'dir="rtl"')}
    for language, expected in words.items():
        answer = browser.get(f"{path}?lang={language}")
        assert answer.status_code == 200
        text = answer.text.replace("\u200b", "").split("</style>")[1]
        for word in expected:
            assert word in answer.text.replace("\u200b", ""), (language, word)
        assert "Village Bank" in text and consent in text and "untranslated" not in text
        assert "phone_number" not in text and "bank-account" not in text, "no keys"
        assert len(gzip.compress(answer.content, 6)) < BUDGET, language
    assert 'id="receipt-qr"' in answer.text and 'id="receipt-jwt"' in answer.text
    browser.get("/account?lang=en")


def test_it_says_what_became_of_it(bank, gateway):
    browser = Browser(gateway)
    consent = bank.consented(browser, access={"mode": "until"}, valid_until="2027-06-01T00:00:00Z")
    page = browser.get(f"/account/receipts/{consent}").text
    assert "Ended on" not in page
    gateway.dvara("consent", "withdraw", consent)
    page = browser.get(f"/account/receipts/{consent}").text
    assert "Ended on" in page and 'id="receipt-jwt"' in page
    history = browser.get(f"/account/consents?consent={consent}").text
    assert "by an operator" in history


def test_of_a_registered_purpose_that_is_suspended(gateway):
    """The purpose's own words stay, and that nothing is shared now is said in words."""
    lender = bank_of(gateway, "lender", client_name="Lender", dvara_purposes=[PURPOSE])
    register(gateway, operator_keys(gateway),
             document("lender", "full_name!", "number_matches:document_number"))
    settle()
    browser = Browser(gateway)
    consent = lender.consented(
        browser, purpose="account", access={"mode": "until"}, data_life=None,
        attributes=[{"name": "full_name", "essential": True}])
    page = browser.get(f"/account/receipts/{consent}").text
    assert "To open an account" in page and "Cambodia" in page and "Stopped" not in page
    assert f"{gateway.url}/purposes/lender/account" in page
    gateway.dvara("purpose", "suspend", "lender", "account")
    wait_until(lambda: "Stopped: the service may not ask now"
               in browser.get(f"/account/receipts/{consent}").text)
    for path in ("", "/consents", f"/receipts/{consent}"):
        text = browser.get(f"/account{path}").text.split("</style>")[1]
        text = re.sub(r'(href|value|id)="[^"]*"', "", text)
        assert "Stopped: the service may not ask now" in text and "full_name" not in text, path
        assert "suspended" not in text, path


def test_it_is_theirs_alone(gateway, sophea):
    _, consent = sophea
    other = Browser(gateway)
    answer = other.get(other.get("/account").headers["Location"])
    assert other.sign_in(Page(answer.text), "alex").status_code == 303
    for path in ("", "/receipt.jwt", "/notice.json"):
        for which in (consent, consent[:-1] + ("A" if consent[-1] != "A" else "B"), "x" * 500):
            assert other.get(f"/account/receipts/{which}{path}").status_code == 404
            nobody = requests.get(f"{gateway.url}/account/receipts/{which}{path}", timeout=20,
                                  allow_redirects=False)
            assert nobody.status_code == 303 and consent not in nobody.text


def test_a_client_that_has_gone_is_named_as_then(gateway):
    """The last one of this file: nothing raw is shown instead of a name."""
    shop = bank_of(gateway, "shop-2f9", client_name="Corner Shop", has_opener=False)
    browser = Browser(gateway)
    consent = shop.consented(browser, access={"mode": "until"}, valid_until="2027-06-01T00:00:00Z")
    before = browser.get(f"/account/receipts/{consent}/receipt.jwt").text
    gateway.dvara("client", "remove", "shop-2f9")
    wait_until(lambda: "Stopped" in browser.get(f"/account/receipts/{consent}").text)
    for path in ("", "/consents", "/ledger", f"/receipts/{consent}", "/print"):
        text = browser.get(f"/account{path}").text.split("</style>")[1]
        shown = re.sub(r'(href|value)="[^"]*"', "", text).replace("https://shop-2f9.test", "")
        assert "shop-2f9" not in shown, path
        assert "Corner Shop" in text or path == "/ledger", path
    assert browser.get(f"/account/receipts/{consent}/receipt.jwt").text == before

# SPDX-License-Identifier: Apache-2.0
"""A consent form whose transaction is gone is a page, not a fault of ours."""

from browser import Page
from relying_party import query_of


def test_consent_without_its_transaction(rp1, browser, other_browser):
    browser.get("/authorize", params=rp1.request())
    for who in (browser, other_browser):
        answer = who.post(f"/consent?tx={'c' * 43}", [("decision", "allow"), ("csrf", "x")])
        assert answer.status_code == 400 and "error-code" in Page(answer.text).ids
    assert "code" in query_of(rp1.sign_in(browser))

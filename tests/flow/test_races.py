# SPDX-License-Identifier: Apache-2.0
"""Invariant I1: whatever is single-use serves once, however many come at the same moment (cases T01,
C15, S02).  DVARA_LONG=1 for full length: 0 failures in n rounds say a true rate below 3/n at 95 %."""

import concurrent.futures
import os

import pytest

from browser import Page
from relying_party import ASSERTION_TYPE, query_of

ROUNDS = 2000 if os.environ.get("DVARA_LONG") else 12
AT_ONCE = 16


@pytest.fixture(scope="module")
def pool():
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
        yield threads


def all_at_once(pool, what):
    return list(pool.map(lambda _: what(), range(AT_ONCE)))


def test_i1_a_code(post1, browser, pool):
    for _ in range(ROUNDS):
        code = post1.code(browser)
        answers = all_at_once(pool, lambda code=code: post1.token(code))
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * (AT_ONCE - 1)
        good = next(answer for answer in answers if answer.status_code == 200)
        assert post1.userinfo(good.json()["access_token"]).status_code == 401


def test_i1_an_assertion(rp1, pool):
    for _ in range(ROUNDS):
        assertion = {"client_assertion": rp1.assertion(), "client_assertion_type": ASSERTION_TYPE}
        answers = all_at_once(pool, lambda form=assertion: rp1.token("x", (form, {})))
        errors = sorted(answer.json()["error"] for answer in answers)
        assert errors == ["invalid_client"] * (AT_ONCE - 1) + ["invalid_grant"]


def test_i1_s02_a_consent(gateway, rp1, browser, pool):
    for number in range(ROUNDS):
        answer = browser.get(
            rp1.authorize(browser, prompt="consent").headers["Location"])
        page = Page(answer.text)
        if page.form_of("login-test") is not None:
            answer = browser.get(browser.sign_in(page, "vannak").headers["Location"])
            page = Page(browser.get(answer.headers["Location"]).text)
        form = page.form_of("consent")
        said = "allow" if number % 2 else "deny"
        before = len(gateway.dvara("consent", "list", "vannak")) if number < 4 else None
        answers = all_at_once(pool, lambda form=form, said=said: browser.post(
            form.action, form.fields + [("decision", said)]))
        went_on = [answer for answer in answers if answer.status_code == 303]
        assert len(went_on) == 1, [answer.status_code for answer in answers]
        if before is not None:
            after = len(gateway.dvara("consent", "list", "vannak"))
            assert after == before + (said == "allow")

        ends = all_at_once(pool, lambda went_on=went_on: browser.get(
            went_on[0].headers["Location"]))
        left = [query_of(end) for end in ends if end.status_code == 303]
        assert len(left) == 1, [end.status_code for end in ends]
        assert ("code" in left[0]) is (said == "allow")


def test_the_same_way_on_twice_at_a_time(rp1, browser, pool):
    """A press too many, or a page loaded ahead: no error where nothing is wrong."""
    for _ in range(ROUNDS):
        answer = browser.get(rp1.authorize(browser, prompt="login consent").headers["Location"])
        onward = browser.sign_in(Page(answer.text), "sophea").headers["Location"]
        ends = all_at_once(pool, lambda onward=onward: browser.get(onward))
        assert {end.status_code for end in ends} == {303}
        assert all(end.headers["Location"].startswith("/consent?") for end in ends)
        back = browser.walk(ends[0])
        assert "code" in query_of(back)

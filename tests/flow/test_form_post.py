# SPDX-License-Identifier: Apache-2.0
"""Case A16: how answers travel; the form post response mode (the suite's oidcc-formpost-basic
plan)."""

import re

import pytest

from browser import Page
from conftest import client
from relying_party import query_of
from test_authorize import assert_login, assert_page, assert_red
from test_token import assert_refused


@pytest.fixture(scope="module")
def spa(gateway):
    """May have its answers in the fragment, and in nothing else."""
    return client(gateway, "spa1", token_endpoint_auth_method="none",
                  dvara_response_modes=["fragment"])


def posted(rp, answer):
    """The fields of the form that goes to the client."""
    assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    form = page.form_of("form-post")
    assert form.action == rp.sent["redirect_uri"]
    assert "form-post-continue" in page.ids
    assert len(dict(form.fields)) == len(form.fields)
    return dict(form.fields)


def test_the_answer_is_a_form(rp1, browser):
    answer = rp1.sign_in(browser, response_mode="form_post")
    fields = posted(rp1, answer)
    assert fields.keys() == {"code", "state", "iss"}
    assert fields["state"] == rp1.sent["state"] and fields["iss"] == rp1.gateway.url
    assert rp1.token(fields["code"]).status_code == 200


def test_the_page_sends_itself_under_its_policy(rp1, browser):
    answer = rp1.sign_in(browser, response_mode="form_post")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy).group(1)
    assert re.search(rf'<script nonce="{re.escape(nonce)}">[^<]*\.submit\(\)', answer.text)
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://rp1.test" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "hreflang" not in answer.text  # it cannot be asked for again


def test_from_the_session_and_by_a_push(rp1, browser):
    rp1.code(browser)
    assert "code" in posted(rp1, rp1.authorize(browser, response_mode="form_post"))
    uri = rp1.pushed(response_mode="form_post")
    assert "code" in posted(rp1, rp1.open(browser, uri))


@pytest.mark.parametrize("changes, error", [
    ({"prompt": "none"}, "login_required"), ({"scope": "openid admin"}, "invalid_scope"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"code_challenge": "x"}, "invalid_request")])
def test_errors_are_posted_too(rp1, browser, changes, error):
    answer = rp1.authorize(browser, response_mode="form_post", **changes)
    fields = posted(rp1, answer)
    assert fields["error"] == error and fields["state"] == rp1.sent["state"]
    assert fields["iss"] == rp1.gateway.url and "code" not in fields
    assert_login(rp1.authorize(browser, response_mode="form_post"))


def test_denied(rp1, browser):
    answer = rp1.sign_in(browser, persona="alex", allow=False, response_mode="form_post")
    assert posted(rp1, answer)["error"] == "access_denied"


@pytest.mark.parametrize("state", ["\"<>&'", "សុខ សុភា ☃", "a+b c%20d", "s" * 1000, ""])
def test_a19_state(rp1, browser, state):
    answer = rp1.authorize(browser, response_mode="form_post", prompt="none", state=state)
    assert posted(rp1, answer)["state"] == state


@pytest.mark.parametrize("state", ["a\r\nb", "a\tb", "\u202eb", "\x7f"])
def test_a19_a_state_that_html_would_change(rp1, browser, state):
    answer = rp1.authorize(browser, response_mode="form_post", state=state)
    assert posted(rp1, answer)["error"] == "invalid_request"


@pytest.mark.parametrize("mode", ["fragment", "query.jwt", "form_post.jwt", "fragment.jwt", "jwt",
                                  "web_message", "QUERY", "query form_post"])
def test_a16_what_the_client_may_not(rp1, browser, mode):
    assert_page(rp1.authorize(browser, response_mode=mode, redirect_uri="https://evil.test/"))
    answer = rp1.authorize(browser, response_mode=mode)
    assert_red(rp1, answer, "invalid_request")
    assert "#" not in answer.headers["Location"]
    assert_refused(rp1.push(response_mode=mode), "invalid_request")
    assert_login(rp1.authorize(browser, response_mode="query"))


def test_a16_with_a_bad_address(rp1, browser):
    assert_page(rp1.authorize(
        browser, response_mode="form_post", redirect_uri="https://evil.test/"))


def test_a16_a_client_of_the_fragment(spa, browser):
    assert_red(spa, spa.authorize(browser), "invalid_request")
    assert_red(spa, spa.authorize(browser, response_mode="form_post"), "invalid_request")
    answer = browser.walk(spa.authorize(browser, response_mode="fragment"))
    address, fragment = answer.headers["Location"].split("#")
    assert address == spa.redirect_uri
    answer.headers["Location"] = f"{address}?{fragment}"
    done = query_of(answer)
    assert done.keys() == {"code", "state", "iss"}
    assert spa.token(done["code"]).status_code == 200

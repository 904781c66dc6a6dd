# SPDX-License-Identifier: Apache-2.0
"""One login in steps, so that something can break before each; and what must hold afterwards."""

import contextlib
import json
import time

import requests

import jwt_tools
from browser import Browser, Page
from gateway import ROOT, Gateway
from relying_party import RelyingParty, query_of

BACK_S = 30  # the aim is 2 s; this is the bound on a busy machine
PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())
SUMS = {"consent": "SELECT count(*) FROM consent", "ledger": "SELECT count(*) FROM ledger",
        "audit": "SELECT count(*) FROM audit", "revocation": "SELECT count(*) FROM revocation"}


@contextlib.contextmanager
def started(folder, settings=None, redis_words=()):
    settings = {"redis.timeout": "2s", **(settings or {})}
    with Gateway(folder, settings, redis_words) as running:
        running.apply("person", PERSONAS)
        running.other = client(running, "other")
        yield running


def client(gateway, name="rp1"):
    return RelyingParty(gateway, {
        "client_id": name, "client_name": name.upper(), "scope": "openid profile email",
        "redirect_uris": [f"https://{name}.test/cb"]}, jwt_tools.ec_key())


class Journey:
    """next() makes the next step and moves on where it went well."""

    STEPS = ["authorize", "chooser", "sign_in", "after_login", "consent", "allow",
             "after_consent", "token", "userinfo"]

    def __init__(self, gateway, rp):
        self.gateway, self.rp, self.browser = gateway, rp, Browser(gateway)
        self.at, self.page, self.location = 0, None, None
        self.code = self.tokens = None

    def next(self):
        name = self.STEPS[self.at]
        answer = getattr(self, name)()
        assert_true_answer(answer, name)
        if answer.status_code in (200, 303):
            self.take(answer)
            self.at += 1
        return answer

    def until(self, name):
        while self.STEPS[self.at] != name:
            answer = self.next()
            assert answer.status_code in (200, 303), (self.STEPS[self.at], answer.text)
        return self

    def finish(self):
        while self.at < len(self.STEPS):
            answer = self.next()
            assert answer.status_code in (200, 303), (self.STEPS[self.at], answer.text)
        return self

    def take(self, answer):
        if answer.status_code == 303:
            self.location = answer.headers["Location"]
        elif answer.headers["Content-Type"].startswith("text/html"):
            self.page = Page(answer.text)
        elif "access_token" in answer.json():
            self.tokens = answer.json()
        if answer.status_code == 303 and self.location.startswith(self.rp.redirect_uri):
            self.code = query_of(answer).get("code")

    def authorize(self):
        return self.rp.authorize(self.browser, scope="openid profile", prompt="consent")

    def follow(self):
        return self.browser.get(self.location)

    chooser = after_login = consent = after_consent = follow

    def sign_in(self):
        return self.browser.sign_in(self.page, "sophea")

    def allow(self):
        return self.browser.decide(self.page, True, "all")

    def token(self):
        return self.rp.token(self.code)

    def userinfo(self):
        return self.rp.userinfo(self.tokens["access_token"])


def assert_true_answer(answer, what=""):
    """Good, a refusal, or 503 that says when to come again; never 500."""
    assert answer.status_code != 500 and answer.status_code < 504, (what, answer.text)
    if answer.status_code == 503:
        assert "Retry-After" in answer.headers, what
        if answer.headers["Content-Type"] == "application/json":
            assert answer.json()["error"] == "temporarily_unavailable"


def assert_away(answer, what=""):
    assert answer.status_code == 503, (what, answer.status_code, answer.text)
    assert_true_answer(answer, what)


def sums(gateway):
    return {name: gateway.sql(statement)[0][0] for name, statement in SUMS.items()}


def assert_nothing_lost(gateway, before):
    """What SQL had is there still, and the chain is whole."""
    now = sums(gateway)
    assert all(now[name] >= before[name] for name in before), (before, now)
    assert gateway.dvara("audit", "verify")["whole"] is True


def assert_back(gateway):
    """By itself: the process says it is ready, which every loop has to be, and then a whole login
    succeeds, at a client of its own."""
    began = time.monotonic()
    gateway.settle()
    while True:
        try:
            Journey(gateway, gateway.other).finish()
            return
        except (AssertionError, requests.RequestException):
            if time.monotonic() - began > BACK_S:
                raise
        time.sleep(0.1)

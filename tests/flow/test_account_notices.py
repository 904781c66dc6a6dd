# SPDX-License-Identifier: Apache-2.0
"""Who is told when something happens with what a person allowed: the service by a logout token, and
the person by whoever sends notices on ([account] notice_url)."""

import json

import pytest

from browser import Browser
from gateway import ROOT, Gateway
from logout_receiver import Receiver, opened
from test_account_sharing import change, complain, consent_of, enter
from test_backchannel import listener, until
from webhook_receiver import WebhookReceiver


@pytest.fixture(scope="module")
def notices():
    here = WebhookReceiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def receiver():
    here = Receiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, notices):
    with Gateway(tmp_path_factory.mktemp("notices"),
                 {"outbound.allow": "127.0.0.1",
                  "account.notice_url": f"{notices.url}/notices"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


def test_of_a_consent(gateway, receiver, notices):
    party = listener(gateway, receiver, "shop")
    browser = Browser(gateway)
    tokens = party.tokens(browser, persona="claire")
    sub = party.id_token(tokens)["sub"]
    began, given = sorted(notices.wait("/notices", 2), key=lambda one: one.json["type"],
                          reverse=True)
    assert began.json["type"] == "notice.session.began"
    assert given.json["type"] == "notice.consent.given"
    # Thin, and by a name that no other host has the person under.
    assert set(given.json) == {"type", "timestamp", "data"} and set(given.json["data"]) == {"sub"}
    assert given.json["data"]["sub"] != sub
    assert not gateway.sql("SELECT 1 FROM person WHERE id = ?", given.json["data"]["sub"])
    secret = gateway.dvara("key", "notice")["secret"]
    assert given.is_signed_by(secret) and not given.is_signed_by(secret[:-8] + "AAAAAAA=")

    assert change(browser, "withdraw", consent_of(browser)).status_code == 303
    revoked = notices.wait("/notices", 3)[2]
    assert revoked.json["type"] == "notice.consent.revoked" and revoked.is_signed_by(secret)
    assert revoked.json["data"] == given.json["data"]
    # The service hears of it too: nothing is left there to be signed in with.
    token = opened(gateway, receiver.wait("/shop")[0], "ES256")
    assert token["sub"] == sub and token["sid"]
    until(lambda: not gateway.sql("SELECT 1 FROM outbox WHERE state = 'waiting'"))


def test_of_an_answer(gateway, notices, tmp_path):
    """The answer itself stays here: it is personal."""
    browser = Browser(gateway)
    enter(browser, "noy")
    number = complain(browser, text="Why?").headers["Location"].rsplit("/", 1)[1]
    notices.wait("/notices", 4)
    n_before = len(notices.received)
    answer = tmp_path / "answer"
    answer.write_text("Because.")
    gateway.dvara("complaint", "answer", number, answer)
    told = notices.wait("/notices", n_before + 1)[-1]
    assert told.json["type"] == "notice.complaint.answered"
    assert "Because" not in told.body.decode() and number not in told.body.decode()

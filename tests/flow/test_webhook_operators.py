# SPDX-License-Identifier: Apache-2.0
"""`dvara webhook`: which endpoint fails, since when, what waits; off, on, tested, told again."""

import json
import os
import subprocess
import time

import pytest

from browser import Browser
from conftest import ALL_SCOPES
from consent_api import Consenting, refused
from gateway import ROOT, Gateway
from test_operators import did, refused as refused_line
from test_webhooks import ENDPOINTS, endpoint, until, withdrawn
from webhook_receiver import WebhookReceiver

WITHIN_S = 30
FEW = ["consent.revoked", "consent_request.rejected"]


@pytest.fixture(scope="module")
def receiver():
    here = WebhookReceiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("watched"), {"outbound.allow": "127.0.0.1"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def party(gateway):
    return Consenting(gateway, "party", scope=f"{ALL_SCOPES} consent")


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


def shown(gateway, made):
    return gateway.dvara("webhook", "show", made["id"])


def events(gateway, made):
    """Of this endpoint, by operators, newest first."""
    return [row["event"] for row in gateway.audit()
            if row["actor"].startswith("operator:")
            and (row.get("detail") or {}).get("endpoint") == made["id"]]


def test_an_operator_sees_what_fails(gateway, party, receiver, browser):
    fine = endpoint(party, receiver, "/fine")
    made = endpoint(party, receiver, "/falls")
    assert shown(gateway, made)["state"] == "on" and "failing" not in shown(gateway, made)
    receiver.answers["/falls"] = 500
    before = int(time.time())
    withdrawn(gateway, party, browser)
    until(lambda: "failing" in shown(gateway, made), WITHIN_S)
    receiver.wait("/fine", 1, WITHIN_S)
    until(lambda: shown(gateway, fine)["waiting"] == 0, WITHIN_S)
    now = shown(gateway, made)
    assert before <= now["failing"] <= time.time() and "500" in now["result"]
    assert now["waiting"] >= 1 and before <= now["oldest"] <= time.time()
    assert now["letters"][0].keys() >= {"type", "state", "n_tries", "webhook_id"}
    assert "body" not in now["letters"][0]
    # the one that fails stands first, and its client is said
    first, *others = gateway.dvara("webhook", "list")
    assert first["id"] == made["id"] and first["client_id"] == "party"
    assert fine["id"] in [one["id"] for one in others if "failing" not in one]
    assert {one["id"] for one in gateway.dvara("webhook", "list", "party")} >= {made["id"]}
    assert gateway.dvara("webhook", "list", "nobody") == []
    assert gateway.metric("dvara_webhook_failing_endpoints") == 1
    assert gateway.metric("dvara_webhook_failing_seconds") >= 0
    # "since when" is the first try in vain, not the last
    with gateway.clock(400):
        until(lambda: max(one["n_tries"] for one in shown(gateway, made)["letters"]) >= 2, WITHIN_S)
        assert shown(gateway, made)["failing"] == now["failing"]
        assert gateway.metric("dvara_webhook_failing_seconds") >= 390
    receiver.answers["/falls"] = 204
    with gateway.clock(86400):
        until(lambda: "failing" not in shown(gateway, made), WITHIN_S)
        until(lambda: gateway.metric("dvara_webhook_failing_endpoints") == 0, WITHIN_S)
        until(lambda: shown(gateway, made)["waiting"] == 0, WITHIN_S)


def test_off_and_on(gateway, party, receiver, browser):
    made = endpoint(party, receiver, "/switched")
    path = f"{ENDPOINTS}/{made['id']}"
    assert "is off" in did(gateway, "webhook", "disable", made["id"])
    assert shown(gateway, made)["disabled_by"] == "operator"
    assert gateway.dvara("webhook", "disable", made["id"])["state"] == "off"  # written once
    assert events(gateway, made) == ["webhook_endpoint.disabled"]
    # the client sees by whom, may still change it, and cannot turn it on
    assert party.get(path).json()["disabled_by"] == "operator"
    refused(party.call("PATCH", path, {"enabled": True}), 409, "conflict")
    refused(party.post(f"{path}/test"), 409, "conflict")
    assert party.call("PATCH", path, {"events": ["*"]}).json()["status"] == "disabled"
    assert party.call("PATCH", path, {"enabled": False}).json()["disabled_by"] == "operator"
    refused_line(gateway, 4, "webhook", "test", made["id"])
    refused_line(gateway, 4, "webhook", "replay", made["id"], 0)
    withdrawn(gateway, party, browser)
    assert "is on" in did(gateway, "webhook", "enable", made["id"])
    assert party.get(path).json()["status"] == "enabled"
    assert events(gateway, made) == ["webhook_endpoint.enabled", "webhook_endpoint.disabled"]
    # what it missed comes by a replay, and not before
    done = gateway.dvara("webhook", "replay", made["id"], 0)
    assert done["queued"] >= 2 and done["last"] >= done["queued"]
    got = receiver.wait("/switched", done["queued"], WITHIN_S)
    assert len({one.id for one in got}) == done["queued"]
    assert events(gateway, made)[0] == "webhook_endpoint.replayed"
    # who turned it off himself turns it on himself
    assert party.call("PATCH", path, {"enabled": False}).json()["disabled_by"] == "client"
    assert "its client turned it off" in refused_line(gateway, 4, "webhook", "enable", made["id"])
    assert party.call("PATCH", path, {"enabled": True}).status_code == 200


def test_what_an_operator_turned_off_has_no_way_around(gateway, receiver):
    """Until they lift it, for the client and that host: no other endpoint, none moved there."""
    party = Consenting(gateway, "held")
    beside = endpoint(party, receiver, "/beside")
    elsewhere = party.post(ENDPOINTS, {"url": "https://elsewhere.test/hook"}).json()
    made = endpoint(party, receiver, "/held")
    few = party.post(ENDPOINTS, {"url": f"{receiver.url}/few", "events": FEW}).json()
    path, at = f"{ENDPOINTS}/{made['id']}", "https://another.test"
    assert party.call("PATCH", f"{ENDPOINTS}/{beside['id']}", {"enabled": False}).ok
    did(gateway, "webhook", "disable", made["id"])
    for refusal in (
            party.post(ENDPOINTS, {"url": f"{receiver.url}/held"}),
            party.post(ENDPOINTS, {"url": f"{receiver.url}/other"}),
            party.post(ENDPOINTS, {"url": "https://127.0.0.1:8443/other", "enabled": False}),
            party.call("PATCH", f"{ENDPOINTS}/{elsewhere['id']}", {"url": f"{receiver.url}/moved"}),
            party.call("PATCH", f"{ENDPOINTS}/{beside['id']}", {"enabled": True}),
            party.call("PATCH", f"{ENDPOINTS}/{few['id']}", {"events": ["*"]}),
            party.call("PATCH", f"{ENDPOINTS}/{few['id']}", {"events": ["consent.given", *FEW]}),
            party.call("PATCH", f"{ENDPOINTS}/{few['id']}", {"events": ["consent.given"]}),
            party.call("PATCH", path, {"url": "https://elsewhere.test/moved"}),
            party.call("DELETE", path)):
        refused(refusal, 409, "conflict")
        assert "operator of the gateway" in refusal.json()["detail"]
    assert shown(gateway, made)["disabled_by"] == "operator"
    # other hosts, other changes and other clients are not meant
    assert party.post(ENDPOINTS, {"url": f"{at}/other"}).status_code == 201
    assert party.call("PATCH", f"{ENDPOINTS}/{elsewhere['id']}",
                      {"url": "https://elsewhere.test/moved"}).ok
    assert party.call("PATCH", f"{ENDPOINTS}/{beside['id']}", {"events": ["consent.revoked"]}).ok
    # fewer events, the same ones, another order; one that is off may be of more, and stays off
    for change in ({"events": FEW[::-1]}, {"events": FEW[:1]}, {"enabled": False}, {"events": ["*"]}):
        assert party.call("PATCH", f"{ENDPOINTS}/{few['id']}", change).ok
    refused(party.call("PATCH", f"{ENDPOINTS}/{few['id']}", {"enabled": True}), 409, "conflict")
    another = Consenting(gateway, "another")
    assert another.post(ENDPOINTS, {"url": f"{receiver.url}/held"}).status_code == 201
    # lifted, all is as before
    did(gateway, "webhook", "enable", made["id"])
    assert party.call("PATCH", f"{ENDPOINTS}/{beside['id']}", {"enabled": True, "events": ["*"]}).ok
    assert party.post(ENDPOINTS, {"url": f"{receiver.url}/other"}).status_code == 201
    assert party.call("DELETE", path).status_code == 204


def test_one_is_tried(gateway, party, receiver):
    made = endpoint(party, receiver, "/tried")
    assert "/tried answered 204" in did(gateway, "webhook", "test", made["id"])
    [got] = receiver.at("/tried")
    assert got.json["type"] == "webhook.test" and got.is_signed_by(made["secret"])
    assert events(gateway, made) == ["webhook_endpoint.tested"]
    receiver.answers["/tried"] = 503
    assert "503" in refused_line(gateway, 1, "webhook", "test", made["id"])
    receiver.answers["/tried"] = 410
    assert "410" in refused_line(gateway, 1, "webhook", "test", made["id"])
    assert shown(gateway, made)["disabled_by"] == "410"
    receiver.answers["/tried"] = 204
    gateway.dvara("webhook", "enable", made["id"])
    assert gateway.dvara("webhook", "test", made["id"])["result"] == "204"


def test_what_is_not_there(gateway):
    for words in (["show"], ["test"], ["disable"], ["enable"]):
        refused_line(gateway, 3, "webhook", *words, "we_nothing")
    refused_line(gateway, 3, "webhook", "replay", "we_nothing", 0)
    refused_line(gateway, 2, "webhook", "replay", "we_nothing", "-1")


@pytest.mark.skipif("DVARA_LONG" not in os.environ, reason="it waits for 20 s")
def test_without_a_gateway_the_test_waits(gateway, party, receiver):
    """It says so; the letter leaves when one runs again."""
    made = endpoint(party, receiver, "/later")
    assert gateway.stop() == 0
    try:
        done = subprocess.run(
            [gateway.bin / "dvara", "webhook", "test", made["id"], "--config", gateway.config],
            capture_output=True, text=True, env=gateway.environment(), timeout=60, check=False)
    finally:
        gateway.start()
    assert done.returncode == 1 and "does a gateway run?" in done.stderr
    receiver.wait("/later", 1, WITHIN_S)

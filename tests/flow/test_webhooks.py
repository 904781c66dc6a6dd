# SPDX-License-Identifier: Apache-2.0
"""Webhook endpoints and events (facts D3, D7): registered, signed, sent, tried again, replayed."""

import concurrent.futures
import contextlib
import json
import os
import re
import signal
import sqlite3
import time

import pytest
import requests

from browser import Browser
from conftest import ALL_SCOPES
from consent_api import Consenting, refused
from gateway import ROOT, Gateway
from test_consent_api import bank_of
from test_purpose import document, operators, register  # noqa: F401
from webhook_receiver import WebhookReceiver

ENDPOINTS = "/webhook-endpoints"
LEASE_S = 30
BUSY_S = 10  # that a try may take on a busy machine
WAITS_S = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


@pytest.fixture(scope="module")
def receiver():
    here = WebhookReceiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """Another than the other tests': this one may call loopback."""
    settings = {"outbound.allow": "127.0.0.1", "consent.request_life": "1h"}
    with Gateway(tmp_path_factory.mktemp("webhooks"), settings) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture(scope="module")
def party(gateway):
    """It signs people in, and is told when they take their consent back."""
    return Consenting(gateway, "party", scope=f"{ALL_SCOPES} consent")


@pytest.fixture(scope="module")
def stranger(gateway):
    return Consenting(gateway, "stranger")


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


def endpoint(party, receiver, path, **members):
    return party.made(ENDPOINTS, {"url": receiver.url + path, **members})


def withdrawn(gateway, party, browser):
    """A consent given at a login, and withdrawn by an operator; its id."""
    party.party.code(browser, scope="openid profile", prompt="consent")
    [[consent]] = gateway.sql(
        "SELECT id FROM consent WHERE client_id = ? ORDER BY rowid DESC LIMIT 1", party.id)
    gateway.dvara("consent", "withdraw", consent)
    return consent


def deliveries(party, made):
    return party.get(f"{ENDPOINTS}/{made['id']}/deliveries").json()["data"]


def until(is_so, within_s=30):
    """What it is then."""
    end = time.monotonic() + within_s
    while not (found := is_so()):
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)
    return found


def metric(gateway, name):
    text = requests.get(f"http://127.0.0.1:{gateway.management}/metrics", timeout=20).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
    return float(found[1]) if found else 0


def test_who_may(gateway, party, stranger, receiver, rp_without):
    made = endpoint(party, receiver, "/mine")
    url = f"{gateway.url}/consent/v1{ENDPOINTS}"
    answer = requests.get(url, timeout=20)
    assert answer.status_code == 401 and "DPoP" in answer.headers["WWW-Authenticate"]
    # a plain bearer token, though of the right scope
    plain = party.own_token(bound=False).json()["access_token"]
    answer = requests.get(url, headers={"Authorization": f"Bearer {plain}"}, timeout=20)
    refused(answer, 401, "invalid_token")
    # a key, but another scope
    rp_without.token = rp_without.own_token(scope="report").json()["access_token"]
    rp_without.until = rp_without.now() + 200
    refused(rp_without.get(ENDPOINTS), 403, "insufficient_scope")
    # another client's is as if it were not there
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"),
                         ("POST", "/test"), ("GET", "/deliveries"), ("POST", "/replay")):
        body = {"after": 0} if path == "/replay" else {} if method in ("POST", "PATCH") else None
        theirs = stranger.call(method, f"{ENDPOINTS}/{made['id']}{path}", body)
        absent = stranger.call(method, f"{ENDPOINTS}/we_nothing{path}", body)
        problems = [{**refused(one, 404, "not_found"), "trace_id": "", "instance": ""}
                    for one in (theirs, absent)]
        assert problems[0] == problems[1]
    assert stranger.get(ENDPOINTS).json()["data"] == []
    assert made["id"] in [one["id"] for one in party.get(ENDPOINTS).json()["data"]]


@pytest.fixture(scope="module")
def rp_without(gateway):
    return Consenting(gateway, "without", scope="report consent openid")


def test_its_life(gateway, party, receiver):
    answer = party.post(ENDPOINTS, {"url": receiver.url + "/life", "events": ["consent.revoked"]})
    assert answer.status_code == 201
    made = answer.json()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.pop("secret"))
    assert answer.headers["Location"].endswith(f"/consent/v1{ENDPOINTS}/{made['id']}")
    assert made["status"] == "enabled" and made["algorithm"] == "v1"
    assert party.get(answer.headers["Location"]).json() == made
    path = f"{ENDPOINTS}/{made['id']}"
    changed = party.call("PATCH", path, {"events": ["*"], "enabled": False})
    assert changed.status_code == 200
    assert changed.json()["events"] == ["*"] and changed.json()["status"] == "disabled"
    assert changed.json()["disabled_by"] == "client" and "secret" not in changed.json()
    refused(party.post(f"{path}/test"), 409, "conflict")
    assert party.call("PATCH", path, {"enabled": True}).json()["status"] == "enabled"
    assert party.call("DELETE", path).status_code == 204
    refused(party.get(path), 404, "not_found")
    events = [row["event"] for row in gateway.audit() if row.get("client_id") == party.id]
    assert {"webhook_endpoint.added", "webhook_endpoint.changed",
            "webhook_endpoint.removed"} <= set(events)


@pytest.mark.parametrize("bad", [
    {}, {"url": 1}, {"url": "ftp://a.example/"}, {"url": "http://a.example/"}, {"url": "/hook"},
    {"url": "https://a.example/#x"}, {"url": "https://user@a.example/"},
    {"url": "https://169.254.169.254/latest"}, {"url": "https://10.0.0.1/"},
    {"url": "https://[::1]/"}, {"url": "https://[fd00::1]/"}, {"url": "https://0.0.0.0/"},
    {"url": "https://a.example/", "events": []}, {"url": "https://a.example/", "events": "*"},
    {"url": "https://a.example/", "events": ["consent.sold"]},
    {"url": "https://a.example/", "events": ["*", "consent.revoked"]},
    {"url": "https://a.example/", "algorithm": "none"},
    {"url": "https://a.example/", "enabled": "no"}, {"url": "https://a.example/", "secret": "x"},
    [], "x"])
def test_what_may_not_be_registered(party, bad):
    refused(party.post(ENDPOINTS, bad), 400, "invalid_request")


def test_no_more_than_ten(stranger):
    ids = [stranger.made(ENDPOINTS, {"url": "https://a.example/"})["id"] for _ in range(10)]
    refused(stranger.post(ENDPOINTS, {"url": "https://a.example/"}), 409, "conflict")
    for one in ids:
        assert stranger.call("DELETE", f"{ENDPOINTS}/{one}").status_code == 204


def test_once_per_key(gateway, party, receiver):
    body = {"url": receiver.url + "/once"}
    refused(party.post(ENDPOINTS, body, key=""), 400, "idempotency-key-missing")
    first = party.post(ENDPOINTS, body, key="one")
    again = party.post(ENDPOINTS, body, key="one")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and first.json()["secret"]
    assert first.headers["Location"] == again.headers["Location"]
    other = {"url": receiver.url + "/other"}
    refused(party.post(ENDPOINTS, other, key="one"), 422, "idempotency-conflict")
    # a refusal did nothing, and binds the key to nothing
    refused(party.post(ENDPOINTS, {}, key="two"), 400, "invalid_request")
    made = party.made(ENDPOINTS, body, key="two")
    # the secret lies in no store
    secret = first.json()["secret"]
    assert secret not in gateway.log() and secret.encode() not in gateway.database.read_bytes()
    for key in gateway.redis.ask("KEYS", "*ik:*"):
        assert secret not in gateway.redis.ask("GET", key)
    for one in (first.json(), made):
        party.call("DELETE", f"{ENDPOINTS}/{one['id']}")


def test_once_of_many_at_a_time(party, receiver):
    """The same request from many threads: one is made, the others get its answer or wait."""
    party.headers("GET", "/")  # one token for all
    body = {"url": receiver.url + "/crowd"}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: party.post(ENDPOINTS, body, key="crowd"), range(8)))
    for one in answers:
        if one.status_code != 201:
            refused(one, 409, "idempotency-conflict")
    made = {one.json()["id"] for one in answers if one.status_code == 201}
    assert len(made) == 1
    here = [one for one in party.get(ENDPOINTS).json()["data"] if one["url"] == body["url"]]
    assert [one["id"] for one in here] == list(made)
    party.call("DELETE", f"{ENDPOINTS}/{made.pop()}")


@pytest.mark.parametrize("algorithm", ["v1", "v1a"])
def test_told_at_once(gateway, party, receiver, browser, algorithm):
    """D3: the party knows long before a minute; the body names nobody."""
    made = endpoint(party, receiver, f"/{algorithm}", algorithm=algorithm,
                    events=["consent.revoked"])
    key = made["secret"] if algorithm == "v1" else made["public_key"]
    assert ("secret" in made) == (algorithm == "v1")
    before = time.monotonic()
    consent = withdrawn(gateway, party, browser)
    delivery = receiver.wait(f"/{algorithm}")[0]
    assert delivery.at - before < 30
    assert delivery.is_signed_by(key) and len(delivery.signatures()) == 1
    assert abs(int(delivery.headers["webhook-timestamp"]) - time.time()) < 60
    assert delivery.headers["Content-Type"] == "application/json"
    assert delivery.json == {
        "type": "consent.revoked", "timestamp": delivery.json["timestamp"],
        "data": {"id": consent, "status": "revoked"}}
    assert len(delivery.body) < 20_000
    until(lambda: deliveries(party, made)[0]["status"] == "delivered")
    row = deliveries(party, made)[0]
    assert row["webhook_id"] == delivery.id and row["result"] == "204" and row["attempts"] >= 1
    until(lambda: metric(gateway, 'dvara_webhook_deliveries_total{result="delivered"}') >= 1)
    assert "webhook.delivered" in [row["event"] for row in gateway.audit()]
    party.call("DELETE", f"{ENDPOINTS}/{made['id']}")


def test_rotation(gateway, party, receiver):
    """Both secrets sign until the day is over, then only the new one."""
    made = endpoint(party, receiver, "/rotated")
    path = f"{ENDPOINTS}/{made['id']}"
    turned = party.made(f"{path}/rotate", {}, status=200)
    assert turned["secret"] != made["secret"] and turned["secret_version"] == 2
    assert turned["previous_secret_until"]
    party.made(f"{path}/test", status=202)
    delivery = receiver.wait("/rotated")[0]
    until(lambda: deliveries(party, made)[0]["status"] == "delivered")
    assert len(delivery.signatures()) == 2
    assert delivery.is_signed_by(made["secret"]) and delivery.is_signed_by(turned["secret"])
    assert delivery.json["type"] == "webhook.test"
    with gateway.clock(86400 + 60):
        party.token = None
        party.made(f"{path}/test", status=202)
        delivery = receiver.wait("/rotated", 2)[1]
        assert len(delivery.signatures()) == 1
        assert delivery.is_signed_by(turned["secret"])
        assert not delivery.is_signed_by(made["secret"])
        assert "previous_secret_until" not in party.get(path).json()
    party.token = None
    party.call("DELETE", path)


def set_down(gateway, made, came, n):
    """(tries, when the next is due) of the endpoint's one letter, when one after the n-th is set
    down: it is made again when the schedule says, and no longer leased."""
    [(n_tries, result, next_s)] = gateway.sql(
        "SELECT n_tries, result, next_s FROM outbox WHERE about = ?", made["id"])
    if result != "the endpoint answered 500" or not n < n_tries == len(came):
        return None
    wait_s, least_s = next_s - int(came[-1].headers["webhook-timestamp"]), WAITS_S[n_tries - 1]
    return (n_tries, next_s) if least_s <= wait_s <= least_s * 1.1 + BUSY_S else None


def test_tried_again_for_three_days(gateway, party, receiver):
    """Ten tries by the schedule of Standard Webhooks, jitter of up to a tenth; then no more."""
    receiver.answers["/never"] = 500
    made = endpoint(party, receiver, "/never")
    sent = party.made(f"{ENDPOINTS}/{made['id']}/test", status=202)["id"]
    n = 0
    try:
        while n < 9:
            n, next_s = until(lambda: set_down(gateway, made, receiver.at("/never"), n))
            gateway.clock_set(next_s - int(time.time()) + 1)
        until(lambda: gateway.sql(
            "SELECT state FROM outbox WHERE about = ?", made["id"])[0][0] == "failed")
        assert {one.id for one in receiver.at("/never")} == {sent}
        assert len({one.headers["webhook-timestamp"] for one in receiver.at("/never")}) == 10
        assert all(one.is_signed_by(made["secret"]) for one in receiver.at("/never"))
    finally:
        gateway.clock_set(0)
        party.token = None
    row = deliveries(party, made)[0]
    assert row["status"] == "failed" and row["attempts"] == 10
    until(lambda: metric(gateway, 'dvara_webhook_deliveries_total{result="failed"}') >= 10)
    party.call("DELETE", f"{ENDPOINTS}/{made['id']}")


@pytest.mark.parametrize("answer", [
    (302, {"Location": "/trap"}), (307, {"Location": "/trap"}), 400, 404, 503])
def test_what_is_no_delivery(party, receiver, answer):
    status = answer[0] if isinstance(answer, tuple) else answer
    receiver.answers[f"/no{status}"] = answer
    made = endpoint(party, receiver, f"/no{status}")
    party.made(f"{ENDPOINTS}/{made['id']}/test", status=202)
    until(lambda: deliveries(party, made)[0].get("result") == f"the endpoint answered {status}")
    row = deliveries(party, made)[0]
    assert row["status"] == "waiting" and row["next_attempt_at"] and not receiver.at("/trap")
    party.call("DELETE", f"{ENDPOINTS}/{made['id']}")


def test_410_turns_it_off(party, receiver):
    receiver.answers["/gone"] = 410
    made = endpoint(party, receiver, "/gone")
    path = f"{ENDPOINTS}/{made['id']}"
    party.made(f"{path}/test", status=202)
    until(lambda: party.get(path).json()["status"] == "disabled")
    assert party.get(path).json()["disabled_by"] == "410"
    until(lambda: deliveries(party, made)[0]["status"] == "failed")
    refused(party.post(f"{path}/test"), 409, "conflict")
    # mended, it is turned on again
    receiver.answers["/gone"] = 204
    party.call("PATCH", path, {"enabled": True})
    party.made(f"{path}/test", status=202)
    until(lambda: deliveries(party, made)[0]["status"] == "delivered")
    party.call("DELETE", path)


def test_feed_and_replay(gateway, party, stranger, receiver, browser):
    made = endpoint(party, receiver, "/replayed", events=["consent.revoked"], enabled=False)
    path = f"{ENDPOINTS}/{made['id']}"
    start = party.get("/events?limit=100").json()["last"]
    consents = [withdrawn(gateway, party, browser) for _ in range(2)]
    feed = party.get(f"/events?after={start}").json()
    assert [one["sequence"] for one in feed["data"]] == list(
        range(start + 1, feed["last"] + 1)) and not feed["more"]
    for before, after in zip(feed["data"], feed["data"][1:]):
        assert after["previous"] == before["hash"]
    revoked = [one for one in feed["data"] if one["type"] == "consent.revoked"]
    assert [one["data"]["id"] for one in revoked] == consents
    assert all(one["actor"] == "operator" for one in revoked)
    assert not receiver.at("/replayed")
    party.call("PATCH", path, {"enabled": True})
    answer = party.made(f"{path}/replay", {"after": start}, status=202)
    assert answer == {"queued": 2, "last": feed["last"]}
    got = receiver.wait("/replayed", 2)
    assert {one.id for one in got} == {one["id"] for one in revoked}
    assert [one["data"] for one in stranger.get("/events").json()["data"]] == []
    for bad in ({}, {"after": -1}, {"after": "x"}, {"after": 0, "until": 1}):
        refused(party.post(f"{path}/replay", bad), 400, "invalid_request")
    for bad in ("after=-1", "after=x", "limit=0", "limit=101"):
        refused(party.get(f"/events?{bad}"), 400, "invalid_request")
    one = party.get(f"/events?after={start}&limit=1").json()
    assert len(one["data"]) == 1 and one["more"] and one["last"] == start + 1
    pages = party.get(f"{path}/deliveries?limit=1")
    assert "rel=\"next\"" in pages.headers["Link"]
    rest = party.get(f"{path}/deliveries?limit=1&cursor={pages.json()['next']}").json()
    assert rest["data"][0]["id"] < pages.json()["data"][0]["id"]
    party.call("DELETE", path)


def test_told_of_what_is_over_by_its_time(gateway, receiver, browser):
    """Requests that nobody answers, and consents, each once."""
    bank = bank_of(gateway, "lender")
    endpoint(bank, receiver, "/over", events=["consent.expired", "consent_request.expired"])
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
    consent = bank.consented(browser, access={"mode": "until"}, valid_until=end)
    request = bank.asked()["id"]
    with gateway.clock(7300):
        bank.token = None
        told = {(one.json["type"], one.json["data"]["id"]) for one in receiver.wait("/over", 2)}
        assert told == {("consent.expired", consent), ("consent_request.expired", request)}
        assert bank.get(f"/consents/{consent}").json()["status"] == "expired"
        assert bank.get(f"/consents/{consent}").json()["ended_at"] == end
        assert bank.get(f"/consent-requests/{request}").json()["status"] == "expired"
        refused(bank.post(f"/consents/{consent}/releases"), 409, "consent-not-active")
    time.sleep(1)
    types = [one["type"] for one in bank.get("/events?limit=100").json()["data"]]
    assert types.count("consent.expired") == types.count("consent_request.expired") == 1


def test_told_of_a_purpose(gateway, receiver, operators):  # noqa: F811
    """Approved and suspended: one event stands for all consents under it."""
    bank = Consenting(gateway, "broker")
    endpoint(bank, receiver, "/purpose", events=["purpose.approved", "purpose.suspended"])
    register(gateway, operators, document("broker", "name"))
    gateway.dvara("purpose", "suspend", "broker", "account")
    told = {(one.json["type"], one.json["data"]["id"], one.json["data"]["status"])
            for one in receiver.wait("/purpose", 2)}
    assert told == {("purpose.approved", "account/v1", "approved"),
                    ("purpose.suspended", "account/v1", "suspended")}


def test_waiting_for_news(gateway, party, browser):
    """Prefer: wait=N answers as soon as there is something, or after N seconds."""
    last = party.get("/events?limit=100").json()["last"]
    before = time.monotonic()
    answer = party.get(f"/events?after={last}", headers={"Prefer": "wait=1"})
    assert answer.json()["data"] == [] and 0.9 <= time.monotonic() - before < 15
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        there = pool.submit(until, lambda: party.get(
            f"/events?after={last}", headers={"Prefer": "wait=20"}).json()["data"])
        withdrawn(gateway, party, browser)
        assert there.result()[0]["sequence"] == last + 1


def test_who_hangs_keeps_nobody_waiting(party, stranger, receiver):
    """A party whose endpoints take their time, with all that it may send at once."""
    receiver.answers["/hangs"] = lambda: time.sleep(60) or 204
    slow, quick = endpoint(stranger, receiver, "/hangs"), endpoint(party, receiver, "/quick")
    for _ in range(25):
        stranger.made(f"{ENDPOINTS}/{slow['id']}/test", status=202)
    party.made(f"{ENDPOINTS}/{quick['id']}/test", status=202)
    quick_at = receiver.wait("/quick")[0].at
    assert len([one for one in receiver.at("/hangs") if one.at < quick_at]) < 25
    stranger.call("DELETE", f"{ENDPOINTS}/{slow['id']}")
    party.call("DELETE", f"{ENDPOINTS}/{quick['id']}")


def test_too_many_tests(stranger, receiver):
    made = endpoint(stranger, receiver, "/many")
    answers = [stranger.post(f"{ENDPOINTS}/{made['id']}/test") for _ in range(31)]
    assert {one.status_code for one in answers} == {202, 429}
    assert answers[-1].headers["Retry-After"]
    stranger.call("DELETE", f"{ENDPOINTS}/{made['id']}")


def test_too_many_replays(gateway, receiver):
    again = Consenting(gateway, "again")
    path = f"{ENDPOINTS}/{endpoint(again, receiver, '/again')['id']}/replay"
    answers = [again.post(path, {"after": 0}) for _ in range(21)]
    assert [one.status_code for one in answers] == 20 * [202] + [429]
    assert answers[-1].headers["Retry-After"]


def test_no_replay_on_top_of_what_waits(gateway, party, receiver, browser):
    """Letters that are not delivered yet count, so that an endpoint that is away is sent no pile."""
    made = endpoint(party, receiver, "/piled", events=["consent.revoked"])
    start = party.get("/events?limit=100").json()["last"]
    withdrawn(gateway, party, browser)
    receiver.wait("/piled")
    with contextlib.closing(sqlite3.connect(gateway.database, timeout=20)) as link:
        link.execute(
            "WITH RECURSIVE pile (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM pile WHERE n < 400)"
            " INSERT INTO outbox (id, kind, person_id, client_id, body, state, n_tries, since_s,"
            " next_s, done_s, about) SELECT 'pile' || n, 'webhook', '', ?, '{}', 'waiting', 1, 0,"
            " 1 << 40, 0, ? FROM pile", (party.id, made["id"]))
        link.commit()
    path = f"{ENDPOINTS}/{made['id']}/replay"
    assert party.made(path, {"after": start}, status=202) == {"queued": 0, "last": start}
    with contextlib.closing(sqlite3.connect(gateway.database, timeout=20)) as link:
        link.execute("DELETE FROM outbox WHERE id LIKE 'pile%'")
        link.commit()
    assert party.made(path, {"after": start}, status=202)["queued"] == 1
    receiver.wait("/piled", 2)
    party.call("DELETE", f"{ENDPOINTS}/{made['id']}")


def test_killed_in_the_middle(gateway, party, receiver):
    """kill -9 while it is being sent: sent again when the lease has run out, by whoever runs."""
    receiver.answers["/slow"] = lambda: time.sleep(20) or 204
    made = endpoint(party, receiver, "/slow")
    party.made(f"{ENDPOINTS}/{made['id']}/test", status=202)
    first = receiver.wait("/slow")[0]
    os.kill(gateway.process.pid, signal.SIGKILL)
    gateway.process.wait()
    gateway.start()
    receiver.answers["/slow"] = 204
    with gateway.clock(LEASE_S + 2):
        again = receiver.wait("/slow", 2)[1]
        assert again.id == first.id and again.is_signed_by(made["secret"])
        until(lambda: gateway.sql(
            "SELECT state, n_tries FROM outbox WHERE about = ?", made["id"]) == [("delivered", 2)])
    party.token = None
    party.call("DELETE", f"{ENDPOINTS}/{made['id']}")


def test_two_gateways_send_each_once(gateway, party, receiver, browser):
    made = endpoint(party, receiver, "/both", events=["consent.revoked"])
    with gateway.second() as second:
        for n in range(6):
            party.made(f"{ENDPOINTS}/{made['id']}/test", status=202,
                       at=second if n % 2 else None)
        receiver.wait("/both", 6, within_s=30)
        until(lambda: [row["status"] for row in deliveries(party, made)] == ["delivered"] * 6)
        times = {}
        for one in receiver.at("/both"):
            times.setdefault(one.id, []).append(one.at)
        # One that was answered too late is sent again, but not at once.
        assert len(times) == 6
        assert all(after - before >= WAITS_S[0] - 1 for at in times.values()
                   for before, after in zip(at, at[1:]))
    party.call("DELETE", f"{ENDPOINTS}/{made['id']}")


def test_loopback_only_where_it_is_allowed(tmp_path, receiver):
    """A name is looked at with each call: it is not registered, it is not reached."""
    with Gateway(tmp_path) as closed:
        party = Consenting(closed, "party")
        refused(party.post(ENDPOINTS, {"url": receiver.url + "/closed"}), 400, "invalid_request")
        port = receiver.url.rsplit(":", 1)[1]
        made = party.made(ENDPOINTS, {"url": f"http://localhost:{port}/closed"})
        party.made(f"{ENDPOINTS}/{made['id']}/test", status=202)
        until(lambda: deliveries(party, made)[0].get("result") is not None)
        assert deliveries(party, made)[0]["status"] == "waiting" and not receiver.at("/closed")

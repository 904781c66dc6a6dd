# SPDX-License-Identifier: Apache-2.0
"""Rotation of the signing keys without one signature that a client could not verify (case R14)."""

import contextlib
import threading
import time

import pytest
import requests
from authlib.jose import JsonWebKey, JsonWebToken

import jwt_tools
from browser import Browser
from gateway import Gateway
from relying_party import RelyingParty

DAY = 86400
MAX_AGE_S = 300
SEEN_S = MAX_AGE_S + 5
STEP_S = 30


@pytest.fixture
def gateway(tmp_path):
    with Gateway(tmp_path, {"keys.rotate": "10d", "keys.stage": "1d"}) as running:
        running.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea"}}])
        yield running


def published(gateway):
    return requests.get(f"{gateway.url}/jwks", timeout=20,
                        headers={"Host": gateway.url.split("/")[2]}).json()["keys"]


def states(gateway, alg="ES256"):
    return {row["kid"]: row["state"] for row in gateway.dvara("key", "list") if row["alg"] == alg}


def of(gateway, state, alg="ES256"):
    return [kid for kid, is_in in states(gateway, alg).items() if is_in == state]


def eventually(what, seconds=30):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.1)


class Clock:
    """Moves the gateway's clock while clients work, in steps that no code is too old for: the next
    is taken when each has ended a login since the last."""

    def __init__(self, gateway):
        self.gateway, self.offset_s = gateway, 0

    def now(self):
        return time.time() + self.offset_s

    def move(self, seconds, clients):
        for _ in range(-(-seconds // STEP_S)):
            self.offset_s += STEP_S
            self.gateway.clock_set(self.offset_s)
            before = {client: client.n for client in clients}
            eventually(lambda before=before: all(
                client.why or client.n > before[client] for client in clients))


class Client(threading.Thread):
    """Logs in again and again; knows the keys as long as the gateway said, and looks no earlier."""

    def __init__(self, gateway, clock, name):
        super().__init__(daemon=True)
        self.clock, self.gateway = clock, gateway
        self.rp = RelyingParty(gateway, {
            "client_id": name, "redirect_uris": [f"https://{name}.test/cb"],
            "id_token_signed_response_alg": "ES256"})
        self.until, self.kids, self.n, self.why, self.ends = 0, set(), 0, None, threading.Event()

    def keys(self):
        now = self.clock.now()
        if now >= self.until:
            answer = requests.get(f"{self.gateway.url}/jwks", timeout=20)
            assert answer.headers["Cache-Control"] == f"public, max-age={MAX_AGE_S}"
            # its age begins when it was asked for; it is used to its last second
            self.until = now + MAX_AGE_S
            self.known = answer.json()
        return self.known

    def run(self):
        browser = Browser(self.gateway)
        try:
            while not self.ends.is_set():
                tokens = self.rp.tokens(browser)
                for token in (tokens["id_token"], tokens["access_token"]):
                    keys = JsonWebKey.import_key_set(self.keys())
                    JsonWebToken(["ES256"]).decode(token, keys)
                    self.kids.add(jwt_tools.header_of(token)["kid"])
                self.n += 1
        except BaseException as error:  # a test asks for it
            self.why = repr(error)


def test_r14_oidcc_server_rotate_keys_under_load(gateway):
    """Two rotations while three clients log in without a pause: each token verifies by the keys as
    each client has them."""
    clock = Clock(gateway)
    clients = [Client(gateway, clock, f"load{i}") for i in range(3)]
    for client in clients:
        client.start()
    first = of(gateway, "active")[0]
    gateway.dvara("key", "stage")
    for _ in range(2):
        clock.move(SEEN_S + 5, clients)
        rotated = gateway.dvara("key", "rotate")
        eventually(lambda new=rotated["active"]: all(
            client.why or new in client.kids for client in clients))
        assert of(gateway, "active") == [rotated["active"]]
    kids = [jwk["kid"] for jwk in published(gateway)]
    assert first in kids or clock.offset_s > MAX_AGE_S + 60
    for client in clients:
        client.ends.set()
        client.join(30)
        assert client.why is None and client.n > 20, (client.why, client.n)
        assert len(client.kids) == 3
    gateway.clock_set(0)


def test_r14_what_is_published_and_how_long(gateway):
    """R14: 1000 fetches meanwhile hold no private member; the old key stays as long as its last
    token lives; a key is published 5 minutes before it signs."""
    old = of(gateway, "active")[0]
    seen, ends = [], threading.Event()

    def fetch():
        with requests.Session() as session:
            while not ends.is_set():
                seen.append(session.get(f"{gateway.url}/jwks", timeout=20).json()["keys"])

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    new = gateway.dvara("key", "stage")["kid"]
    gateway.dvara("key", "rotate", expect=4)
    gateway.dvara("key", "activate", new, expect=4)
    eventually(lambda: new in [jwk["kid"] for jwk in published(gateway)])
    with gateway.clock(SEEN_S):
        gateway.dvara("key", "rotate")
        eventually(lambda: len(seen) > 1000, 60)
        ends.set()
        for thread in threads:
            thread.join()
    for keys in seen:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {name for jwk in keys for name in jwk}
        assert old in [jwk["kid"] for jwk in keys]
    with gateway.clock(SEEN_S + MAX_AGE_S + 30):
        time.sleep(1.2)
        assert old in [jwk["kid"] for jwk in published(gateway)]
    with gateway.clock(SEEN_S + MAX_AGE_S + 200):
        eventually(lambda: old not in [jwk["kid"] for jwk in published(gateway)])


def test_r14_rotation_by_age_at_two_processes(gateway):
    """Staged a day before, active after ten days, deleted with its file a day after its end; of two
    processes one does each, and both go on signing what verifies."""
    folder = gateway.folder / "state/keys"
    first = {row["alg"]: row["kid"] for row in gateway.dvara("key", "list")}
    assert {"ES256", "RS256"} <= set(first)
    n = len(first)
    rp = RelyingParty(gateway, {"client_id": "aged", "redirect_uris": ["https://aged.test/cb"],
                                "id_token_signed_response_alg": "ES256"})
    with gateway.second() as second, contextlib.ExitStack() as at:
        assert of(gateway, "staged") == []
        at.enter_context(gateway.clock(9 * DAY - 600))
        time.sleep(2)
        assert of(gateway, "staged") == []
        at.enter_context(gateway.clock(9 * DAY + 5))
        for alg, kid in first.items():
            eventually(lambda alg=alg: len(of(gateway, "staged", alg)) == 1)
            assert of(gateway, "active", alg) == [kid]
        time.sleep(2)
        staged = {alg: of(gateway, "staged", alg) for alg in first}
        assert [len(kids) for kids in staged.values()] == [1] * n
        at.enter_context(gateway.clock(10 * DAY + 20))
        for alg, kids in staged.items():
            eventually(lambda alg=alg, kids=kids: of(gateway, "active", alg) == kids)
        for process in (gateway, second):
            eventually(lambda process=process: {jwk["kid"] for jwk in requests.get(
                f"{process.url}/jwks", timeout=20,
                headers={"Host": f"127.0.0.1:{gateway.port}"}).json()["keys"]}
                >= {first["ES256"], *staged["ES256"]})
        browser = Browser(gateway)
        eventually(lambda: jwt_tools.header_of(rp.tokens(browser)["id_token"])["kid"]
                   == staged["ES256"][0])
        at.enter_context(gateway.clock(12 * DAY))
        eventually(lambda: not any((folder / f"{kid}.pem").exists() for kid in first.values()))
        assert sorted(path.stem for path in folder.glob("*.pem")) == sorted(
            kid for kids in staged.values() for kid in kids)
    events = [row["event"] for row in gateway.audit() if row["actor"] == "gateway"
              and row["event"].startswith("key.")]
    assert events == ["key.deleted"] * n + ["key.activated"] * n + ["key.staged"] * n + [
        "key.activated", "key.staged"] * n


def test_no_rotation_by_age_where_it_is_off(tmp_path):
    with Gateway(tmp_path, {"keys.rotate": "0s"}) as gateway:
        first = states(gateway)
        with gateway.clock(400 * DAY):
            time.sleep(2)
            assert states(gateway) == first

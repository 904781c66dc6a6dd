# SPDX-License-Identifier: Apache-2.0
"""Cases G: service plugins that crash, hang, leak and lie.  Each costs itself a restart and its
callers a clear answer, and nobody else anything."""

import collections
import concurrent.futures
import http.client
import os
import sqlite3
import threading
import time

import pytest
import requests

import jwt_tools
from relying_party import RelyingParty
from services import Caller, gateway_with, is_sanitized, plugin, slow_has_begun

DOWN = (502, 503)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """For calls that no plugin dies of."""
    folder = tmp_path_factory.mktemp("g")
    plugin(folder, "hostile")
    with gateway_with(folder, "hostile") as running:
        caller = Caller(running, "hostile")
        caller.is_back("hostile", caller.token("hostile"))
        yield caller


@pytest.fixture
def own(tmp_path):
    """For calls that it does die of: five of them within a minute would disable it."""
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile") as running:
        caller = Caller(running, "hostile")
        caller.is_back("hostile", caller.token("hostile"))
        yield caller


def assert_plain(answer):
    """What went wrong inside is not told outside."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Set-Cookie" not in answer.headers
    for word in ("/", "plugin", "hostile", "0x", "signal"):
        assert word not in answer.json().get("detail", ""), answer.text


WRONG_ANSWERS = ["/huge", "/negative", "/two-lines", "/not-json", "/not-utf8", "/deep",
                 "/status?status=99", "/status?status=1000", "/status?status=-1", "/no-result",
                 "/no-body"]


@pytest.mark.parametrize("path", WRONG_ANSWERS)
def test_g06_answers_that_are_none(shared, path):
    token = shared.token("hostile")
    pid = shared.call("hostile", token=token).json()["pid"]
    answer = shared.call("hostile", path, token)
    assert answer.status_code == 502, answer.text
    assert_plain(answer)
    assert shared.call("hostile", token=token).json()["pid"] == pid


@pytest.mark.parametrize("status", [200, 201, 204, 404, 503])
def test_g06_statuses_that_are_right(shared, status):
    assert shared.call("hostile", f"/status?status={status}").status_code == status


def test_memory_that_is_lent_has_an_end(shared):
    assert shared.call("hostile", "/too-much-asked").json() == {"got": False}


@pytest.mark.parametrize("path", [
    "/services/../hostile/good", "/services/%2e%2e/hostile/good", "/services/hostile%00/good",
    "/services/hostile%2fgood", "/services/..%2fhostile/good", "/services/nobody/good",
    "/services/hostile/../../jwks", "/services//good", "/services/HOSTILE/good",
    "/services/" + "x" * 5000 + "/good"])
def test_g11_paths(shared, path):
    token = shared.token("hostile")
    line = http.client.HTTPConnection("127.0.0.1", shared.gateway.port, timeout=20)
    line.putrequest("GET", path)  # as it is: requests would tidy it up
    line.putheader("Authorization", f"Bearer {token}")
    line.endheaders()
    assert line.getresponse().status in (400, 404, 414)
    line.close()
    assert shared.call("hostile", token=token).status_code == 200


def test_a_token_for_another_place_is_refused(shared):
    plain = shared.client.tokens(shared.browser)["access_token"]
    assert shared.call("hostile", token=plain).status_code == 401
    assert shared.call("hostile", token="x" * 40).status_code == 401
    ours = shared.token("hostile")
    assert requests.get(f"{shared.gateway.url}/userinfo", timeout=20,
                        headers={"Authorization": f"Bearer {ours}"}).status_code == 401
    assert shared.call("hostile", token=ours).status_code == 200


@pytest.mark.parametrize("path", ["/crash", "/abort", "/exit"])
def test_g04_it_dies(own, path):
    token = own.token("hostile")
    answer = own.dies("hostile", path, token)
    assert answer.status_code in DOWN
    assert_plain(answer)
    assert own.client.userinfo(own.client.tokens(own.browser)["access_token"]).status_code == 200
    own.is_back("hostile", token)


def test_g04_stopped(tmp_path):
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile", services__deadline="2s") as running:
        own = Caller(running, "hostile")
        token = own.token("hostile")
        own.is_back("hostile", token)
        assert own.call("hostile", "/stop", token).status_code == 504
        own.is_back("hostile", token)


def test_g04_five_times_within_a_minute(tmp_path):
    """Paused with an alarm; then one try, and it is back for good or paused for longer."""
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile", services__pause="5s") as running:
        own = Caller(running, "hostile")
        token = own.token("hostile")
        for _ in range(5):
            own.is_back("hostile", token)
            assert own.dies("hostile", "/exit", token).status_code in DOWN
        running.wait_for_log("ends again and again: paused for 5 s")
        assert running.metric('dvara_service_paused{service="hostile"}') == 1
        answer = own.call("hostile", token=token)
        assert answer.status_code == 503 and "Retry-After" in answer.headers
        own.is_back("hostile", token)
        assert running.metric('dvara_service_paused{service="hostile"}') == 0
        assert own.dies("hostile", "/exit", token).status_code in DOWN
        running.wait_for_log("ends again and again: paused for 10 s")


def test_g05_it_hangs(tmp_path):
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile", services__deadline="9s") as running:
        own = Caller(running, "hostile")
        token = own.token("hostile")
        own.is_back("hostile", token)
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            hanging = [pool.submit(own.call, "hostile", "/hang", token) for _ in range(50)]
            own.client.tokens(own.browser)
            assert not any(one.done() for one in hanging), "the others wait for nothing"
            answers = [one.result() for one in hanging]
        assert {answer.status_code for answer in answers} <= {502, 503, 504}
        assert 504 in {answer.status_code for answer in answers}
        own.is_back("hostile", token)
        assert "it is left alone" not in running.log(), "it comes back by our own hand"
        assert running.log().count("does not answer: killed") == 1, "its successor is spared"


def test_g10_leaks(own):
    if is_sanitized():
        pytest.skip("addresses cannot be limited under a sanitizer")
    token = own.token("hostile")
    answers = [own.call("hostile", "/leak", token) for _ in range(12)]
    assert answers[0].status_code == 200
    assert {answer.status_code for answer in answers} & set(DOWN), "there is an end to it"
    assert own.gateway.process.poll() is None
    own.is_back("hostile", token)


def test_g10_forks(own):
    if is_sanitized():
        pytest.skip("the leak checker clones: processes are not refused under a sanitizer")
    token = own.token("hostile")
    pid = own.call("hostile", token=token).json()["pid"]
    assert own.call("hostile", "/fork", token).json() == {"forked": False}
    assert own.call("hostile", token=token).json()["pid"] == pid


def test_g10_fills_a_file(own):
    answer = own.call("hostile", "/fill")
    assert answer.json()["mib"] == 256
    assert own.call("hostile").status_code == 200


def test_g12_another_version_under_load(own, tmp_path):
    """A second gateway with the new version takes over from the first, as behind a proxy: no call
    fails, and those that have begun end where they began."""
    plugin(tmp_path / "v2", "hostile", version="2.0")
    token, upstream, over = own.token("hostile"), own.gateway, threading.Event()
    turn = threading.Lock()
    under_way, n_good = collections.Counter(), collections.Counter()
    folder = str(tmp_path / "v2/services")

    def ask(path, to=None):
        with turn:
            to = to or upstream
            under_way[to] += 1
        answer = requests.get(f"{to.url}/services{path}", timeout=20, headers={
            "Authorization": f"Bearer {token}", "Host": own.gateway.host})
        with turn:
            under_way[to] -= 1
            n_good[to] += answer.status_code == 200
        return to, answer

    def load():
        answers = []
        while not over.is_set():
            answers.append(ask("/hostile/good"))
        return answers

    def eventually(is_so):
        until = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < until
            time.sleep(0.02)

    with own.gateway.second(**{"services.folder": folder}) as second, \
            concurrent.futures.ThreadPoolExecutor(6) as pool:
        until_answers(second, own, token)
        callers = [pool.submit(load) for _ in range(4)]
        eventually(lambda: n_good[own.gateway] > 20)
        with turn:
            first, upstream = upstream, second
        eventually(lambda: under_way[first] == 0)
        slow = pool.submit(ask, "/hostile/slow?ms=15000", first)
        begun = slow_has_begun(first)
        first.process.terminate()
        n_before = n_good[second]
        eventually(lambda: n_good[second] > n_before + 20)
        assert not slow.done()
        begun.unlink()
        assert first.stop() == 0
        over.set()
        answers = [answer for caller in callers for answer in caller.result()]
        assert slow.result()[0] is first and slow.result()[1].status_code == 200
        assert {answer.status_code for _, answer in answers} == {200}
        told = {to: {answer.json()["pid"] for at, answer in answers if at is to}
                for to in (first, second)}
        assert len(told[first]) == len(told[second]) == 1 and told[first] != told[second]
        _, answer = ask("")
        assert [one["version"] for one in answer.json()["services"]] == ["2.0"]
        # Its socket is its own: the end of the first did not take it away.
        assert ask("/hostile/good")[1].status_code == 200
        first.start()


def until_answers(gateway, caller, token):
    """Its plugin has come up."""
    until = time.monotonic() + 30
    while requests.get(f"{gateway.url}/services/hostile/good", timeout=20, headers={
            "Authorization": f"Bearer {token}", "Host": caller.gateway.host}).status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_gateway_is_killed_while_a_plugin_hangs(own):
    token = own.token("hostile")
    pid = own.call("hostile", token=token).json()["pid"]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(own.call, "hostile", "/slow?ms=60000", token)
        slow_has_begun(own.gateway)
        own.gateway.process.kill()
        with pytest.raises(requests.RequestException):
            hanging.result()
    own.gateway.process.wait()
    until = time.monotonic() + 30
    while os.path.exists(f"/proc/{pid}") and "Z" not in open(f"/proc/{pid}/stat").read().split()[2]:
        assert time.monotonic() < until, "it outlives its gateway"
        time.sleep(0.05)
    own.gateway.start()
    own.is_back("hostile", own.token("hostile"))


def refused_places(folder):
    """id: how its place is made wrong."""
    def by_link(place):
        (place / "no-open.so").rename(folder / "elsewhere.so")
        (place / "no-open.so").symlink_to(folder / "elsewhere.so")

    return {
        "symbolic link": ("is a symbolic link", by_link),
        "file of the group": ("may be written by group",
                              lambda place: (place / "no-open.so").chmod(0o775)),
        "folder of all": ("in a folder that others may write", lambda place: place.chmod(0o777)),
        "other owner": ("belongs to another user",
                        lambda place: os.chown(place / "no-open.so", 12345, 12345)),
        "missing": ("No such file", lambda place: (place / "no-open.so").unlink()),
        "no plugin": ("file too short", lambda place: (place / "no-open.so").write_bytes(b"")),
    }


@pytest.mark.parametrize("which", refused_places(None))
def test_g01_places(tmp_path, which):
    why, spoil = refused_places(tmp_path)[which]
    if which == "other owner" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    plugin(tmp_path, "hostile")
    spoil(plugin(tmp_path, "no-open"))
    assert_refused_alone(tmp_path, "no-open", why)


@pytest.mark.parametrize("id_, why", [
    ("wrong-id", "the plugin says it is hostile"), ("newer-abi", "is built for ABI 2.0"),
    ("small-abi", "smaller than ABI 1.0"), ("no-symbol", "exports no dvara_service"),
    ("no-open", "open() failed")])
def test_g01_lies(tmp_path, id_, why):
    plugin(tmp_path, "hostile")
    plugin(tmp_path, id_)
    assert_refused_alone(tmp_path, id_, why)


@pytest.mark.parametrize("change, why", [
    ({"id": "other"}, "its manifest says it is other"),
    ({"plugin": "../hostile/hostile.so"}, "is the name of a file beside it"),
    ({"name": {}}, "name has no en"),
    ({"surprise": 1}, "no member of a manifest")])
def test_g01_manifests(tmp_path, change, why):
    plugin(tmp_path, "hostile")
    plugin(tmp_path, "no-open", **change)
    assert_refused_alone(tmp_path, "no-open", why)


def assert_refused_alone(folder, id_, why):
    """Named in the log, and the gateway and the other service serve on."""
    with gateway_with(folder, id_, "hostile") as running:
        caller = Caller(running, "hostile", id_)
        caller.is_back("hostile", caller.token("hostile"))
        until = time.monotonic() + 30
        while why not in running.log():
            assert time.monotonic() < until, running.log()[-2000:]
            time.sleep(0.05)
        answer = caller.call(id_, token=caller.token("hostile"))
        assert answer.status_code in (401, 404, 502, 503)


def test_whatever_the_key_of_access_tokens(tmp_path):
    """ES256 signs them where there is such a key; the services take what the gateway has."""
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile") as running:
        running.stop()
        with sqlite3.connect(running.database) as database:
            database.execute("UPDATE signing_key SET state = 'retired', last_exp_s = ? "
                             "WHERE alg = 'ES256'", (int(time.time()) + 600,))
        running.start()
        caller = Caller(running, "hostile")
        caller.client = RelyingParty(running, {
            "client_id": "caller", "redirect_uris": ["https://caller.test/cb"],
            "id_token_signed_response_alg": "RS256", "dvara_resources": ["hostile"]},
            jwt_tools.ec_key())
        time.sleep(1.1)  # until every process has seen the client's new key
        token = caller.token("hostile")
        assert jwt_tools.header_of(token)["alg"] == "EdDSA"  # the next one in keys_access_algs
        caller.is_back("hostile", token)

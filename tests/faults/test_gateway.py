# SPDX-License-Identifier: Apache-2.0
"""The gateway itself is killed, asked to stop, and given another configuration."""

import concurrent.futures
import contextlib
import os
import signal
import socket
import threading
import time

import pytest
import requests

from journey import Journey, assert_back, assert_nothing_lost, client, sums
from services import Caller, gateway_with, plugin, slow_has_begun


@pytest.mark.parametrize("step", Journey.STEPS)
def test_killed_before_each_step(gateway, step):
    """The person goes on where they were: all that a step needs is in the stores."""
    journey = Journey(gateway, client(gateway)).until(step)
    before = sums(gateway)
    gateway.kill()
    gateway.start()
    journey.finish()
    assert_nothing_lost(gateway, before)


def test_killed_under_load(gateway):
    """Every 200 of /token had its rows in SQL before it left."""
    rp, given, stop = client(gateway), [], threading.Event()

    def run(name):
        own = client(gateway, name)
        while not stop.is_set():
            with contextlib.suppress(AssertionError, requests.RequestException):
                given.append(Journey(gateway, own).until("userinfo").rp.id)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(run, f"load{i}") for i in range(4)]
        for _ in range(3):
            n, until = len(given), time.monotonic() + 60
            while len(given) == n:
                assert time.monotonic() < until
                time.sleep(0.05)
            gateway.kill()
            gateway.start()
        stop.set()
        for one in running:
            one.result()
    assert given
    rows = dict(gateway.sql(
        "SELECT client_id, count(*) FROM audit WHERE event = 'token' GROUP BY client_id"))
    for name in set(given):
        assert rows[name] >= given.count(name)
        assert gateway.sql("SELECT count(*) FROM consent WHERE client_id = ?", name)[0][0] \
            >= given.count(name)
    assert gateway.dvara("audit", "verify")["whole"] is True
    Journey(gateway, rp).finish()


def test_term_drains(tmp_path):
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile", services__deadline="20s") as gateway:
        caller = Caller(gateway, "hostile")
        token = caller.token("hostile")
        caller.is_back("hostile", token)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            slow = pool.submit(caller.call, "hostile", "/slow?ms=15000", token)
            begun = slow_has_begun(gateway)
            gateway.process.terminate()
            until_refused(gateway)
            assert not slow.done()
            begun.unlink()
            answer = slow.result()
        assert answer.status_code == 200 and answer.json() == {"slow": True}
        assert gateway.process.wait(30) == 0
        gateway.start()
        caller.is_back("hostile", caller.token("hostile"))


def until_refused(gateway):
    """It listens no more."""
    until = time.monotonic() + 30
    with contextlib.suppress(requests.ConnectionError):
        while time.monotonic() < until:
            requests.get(f"{gateway.url}/jwks", timeout=20)
        raise AssertionError("it goes on listening")


def test_term_does_not_wait_for_ever(gateway):
    """A connection that says nothing does not hold the gateway up."""
    with socket.create_connection(("127.0.0.1", gateway.port)) as line:
        line.sendall(b"GET /jwks HTTP/1.1\r\nHost: ")
        gateway.process.terminate()
        assert gateway.process.wait(60) == 0
    gateway.start()
    assert_back(gateway)


class Load:
    """Bounded: some threads that ask for what needs no login, and whole logins, until it ends."""

    def __init__(self, gateway, n=3):
        self.gateway, self.failed, self.n_good, self.stop = gateway, [], 0, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(client(gateway, f"reload{i}"),))
                        for i in range(n)]

    def run(self, rp):
        until = time.monotonic() + 120
        while not self.stop.is_set() and time.monotonic() < until:
            try:
                Journey(self.gateway, rp).finish()
                self.n_good += 1
            except (AssertionError, requests.RequestException) as error:
                self.failed.append(error)

    def until_good(self, n):
        until = time.monotonic() + 60
        while self.n_good <= n and not self.failed:
            assert time.monotonic() < until, self.n_good
            time.sleep(0.05)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def reload(gateway, word):
    def lines():
        return [line for line in gateway.log().splitlines() if '"event":"reload"' in line]

    n_before = len(lines())
    gateway.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while len(lines()) == n_before:
        assert time.monotonic() < until, gateway.log()[-2000:]
        time.sleep(0.02)
    assert word in lines()[-1]


def test_hup_under_load(gateway):
    with Load(gateway) as load:
        time.sleep(0.5)
        for name in ("First", "Second", "Third", "Fourth"):
            gateway.settings["gateway.name"] = name
            gateway.config_write()
            reload(gateway, "the new configuration is in force")
            gateway.settings["gateway.nmae"] = "x"
            gateway.config_write()
            reload(gateway, "the old configuration stays")
            del gateway.settings["gateway.nmae"]
            time.sleep(0.3)
        load.until_good(10)
    assert load.failed == []
    page = Journey(gateway, gateway.other).until("chooser").next()
    assert "Fourth" in page.text


@pytest.mark.parametrize("change", [
    {"gateway.nmae": "x"}, {"tokens.code": "60"}, {"tokens.code": "0s"},
    {"wallet.certificate_file": "/nowhere", "wallet.key_file": "/nowhere"}])
def test_r13_hup_with_a_bad_configuration(gateway, change):
    good = dict(gateway.settings)
    gateway.settings.update(change)
    gateway.settings["gateway.name"] = "Never shown"
    gateway.config_write()
    reload(gateway, "the old configuration stays")
    page = Journey(gateway, gateway.other).until("chooser").next()
    assert "Never shown" not in page.text
    gateway.settings = {**good, "gateway.name": "Shown"}
    gateway.config_write()
    reload(gateway, "the new configuration is in force")
    assert "Shown" in Journey(gateway, gateway.other).until("chooser").next().text


def test_a_service_is_killed(tmp_path):
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile") as gateway:
        caller = Caller(gateway, "hostile")
        token = caller.token("hostile")
        caller.is_back("hostile", token)
        before = sums(gateway)
        for _ in range(3):
            os.kill(caller.call("hostile", token=token).json()["pid"], signal.SIGKILL)
            assert caller.call("hostile", token=token).status_code in (200, 502, 503)
            caller.is_back("hostile", token)
        assert_nothing_lost(gateway, before)


def test_a_service_is_killed_in_a_call(tmp_path):
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile", services__deadline="20s") as gateway:
        caller = Caller(gateway, "hostile")
        token = caller.token("hostile")
        caller.is_back("hostile", token)
        pid = caller.call("hostile", token=token).json()["pid"]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            slow = pool.submit(caller.call, "hostile", "/slow?ms=15000", token)
            slow_has_begun(gateway)
            os.kill(pid, signal.SIGKILL)
            assert slow.result().status_code in (502, 503)
        caller.is_back("hostile", token)

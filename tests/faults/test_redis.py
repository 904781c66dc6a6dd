# SPDX-License-Identifier: Apache-2.0
"""Redis is killed, stopped, and comes back empty: 503 while it is away, back by itself, and nothing
lost that SQL had promised."""

import time

import pytest
import requests

from browser import Page
from gateway import Gateway, Redis
from journey import (
    PERSONAS, Journey, assert_away, assert_back, assert_nothing_lost, client, started, sums)

APPEND = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.mark.parametrize("step", Journey.STEPS)
def test_killed_before_each_step(gateway, step):
    rp = client(gateway)
    Journey(gateway, rp).finish()
    broken = Journey(gateway, rp).until(step)
    before = sums(gateway)
    gateway.redis.kill()
    assert_away(broken.next(), step)
    assert gateway.health("live").status_code == 200
    ready = gateway.health("ready")
    assert ready.status_code == 503 and ready.json()["redis"] is False
    assert_nothing_lost(gateway, before)
    gateway.redis.start()
    assert_back(gateway)
    assert gateway.health("ready").status_code == 200
    assert_nothing_lost(gateway, before)


@pytest.mark.parametrize("step", ["chooser", "consent", "after_consent", "token", "userinfo"])
def test_restarted_with_its_file(tmp_path, step):
    """What is of single use is refused, since the last writes may be lost; never a 500."""
    with started(tmp_path, redis_words=APPEND) as gateway:
        rp = client(gateway)
        broken = Journey(gateway, rp).until(step)
        before = sums(gateway)
        gateway.redis.kill()
        gateway.redis.start()
        assert_back(gateway)
        answer = broken.next()
        assert answer.status_code == (200 if step == "userinfo" else 400), answer.text
        assert_nothing_lost(gateway, before)


@pytest.mark.parametrize("words", [(), APPEND], ids=["empty", "with its file"])
def test_epoch_a_code_from_before_is_refused(tmp_path, words):
    with started(tmp_path, redis_words=words) as gateway:
        rp = client(gateway)
        broken = Journey(gateway, rp).until("token")
        gateway.redis.kill()
        gateway.redis.start()
        assert_back(gateway)
        answer = broken.token()
        assert answer.status_code == 400 and answer.json()["error"] == "invalid_grant"
        Journey(gateway, rp).finish()


def test_epoch_an_assertion_from_before_is_refused_for_now(gateway):
    rp = client(gateway)
    broken = Journey(gateway, rp).until("token")
    credentials = rp.credentials()
    assert rp.token(broken.code, credentials).status_code == 200
    gateway.redis.kill()
    gateway.redis.start()
    assert_back(gateway)
    assert_away(rp.token(broken.code, credentials))
    Journey(gateway, rp).finish()


def test_revoked_stays_revoked(gateway):
    rp = client(gateway)
    broken = Journey(gateway, rp).until("userinfo")
    assert rp.token(broken.code).status_code == 400, "used twice: its grant is revoked"
    assert broken.userinfo().status_code == 401
    before = sums(gateway)
    assert before["revocation"] == 1
    gateway.redis.kill()
    gateway.kill()
    gateway.redis.start()
    gateway.start()
    assert broken.userinfo().status_code == 401
    assert_nothing_lost(gateway, before)
    assert_back(gateway)


def test_a_consent_outlives_redis(gateway):
    rp = client(gateway)
    Journey(gateway, rp).finish()
    gateway.redis.kill()
    gateway.redis.start()
    assert_back(gateway)
    journey = Journey(gateway, rp)
    answer = rp.authorize(journey.browser, scope="openid profile")
    page = Page(journey.browser.get(answer.headers["Location"]).text)
    answer = journey.browser.get(journey.browser.sign_in(page, "sophea").headers["Location"])
    assert answer.headers["Location"].startswith(rp.redirect_uri), "nobody is asked again"


def test_stopped_it_answers_nothing(gateway):
    rp = client(gateway)
    journey = Journey(gateway, rp).until("userinfo")
    with gateway.redis.paused():
        for _ in range(2):
            began = time.monotonic()
            assert_away(journey.userinfo())
            assert time.monotonic() - began < 15
        assert gateway.health("live").status_code == 200
        assert gateway.health("ready").status_code == 503
        assert requests.get(f"{gateway.url}/jwks", timeout=20).status_code == 200
    assert_back(gateway)
    assert journey.next().status_code == 200, "a token outlives the pause"


def test_away_at_the_start(tmp_path):
    absent = Gateway(tmp_path)
    absent.clock_set(0)
    absent.config_write()
    absent.start()
    try:
        assert absent.health("live").status_code == 200
        assert absent.health("ready").status_code == 503
        answer = requests.get(f"{absent.url}/authorize?client_id=x", timeout=20)
        assert answer.status_code in (400, 503), "an unknown client is SQL's to say"
        absent.apply("person", PERSONAS)
        absent.other = client(absent, "other")
        assert_away(Journey(absent, absent.other).next())
        absent.redis = Redis(tmp_path)
        assert_back(absent)
        assert absent.health("ready").status_code == 200
    finally:
        assert absent.stop() == 0
        absent.redis.stop()

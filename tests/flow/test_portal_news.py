# SPDX-License-Identifier: Apache-2.0
"""deploy/portal/news.py: what it takes for news, and how many it keeps."""

import base64
import hashlib
import hmac
import json
import sys

import pytest

from gateway import ROOT

sys.path.insert(0, str(ROOT / "deploy/portal"))
import news as portal_news  # noqa: E402

KEY, NOW = b"k" * 32, 1800000000
SERVICE = "application-tracking"


def letter(n=1, sub="me", key=KEY, at=NOW, **changes):
    body = json.dumps({"type": "service.news", "timestamp": "2026-11-22T10:00:00Z", "data": {
        "sub": sub, "service": SERVICE, "news": "application.changed", "reference": f"DL-{n}",
        **changes}}).encode()
    digest = hmac.digest(key, f"evt_{n}.{at}.".encode() + body, hashlib.sha256)
    return {"webhook-id": f"evt_{n}", "webhook-timestamp": str(at),
            "webhook-signature": "v1," + base64.b64encode(digest).decode()}, body


@pytest.fixture
def news():
    one = portal_news.News()
    one.key = KEY
    return one


def test_good_ones_are_kept(news):
    news.keep(*letter(), now=NOW)
    headers, body = letter(2)
    headers["webhook-signature"] = "v1,AAAA v1a,BBBB " + headers["webhook-signature"]
    news.keep(headers, body, now=NOW + 299)
    assert [one["reference"] for one in news.of("me", SERVICE)] == ["DL-2", "DL-1"]
    assert news.of("me", "sim-registration") == news.of("you", SERVICE) == []


def test_the_same_one_again(news):
    for _ in range(2):
        news.keep(*letter(), now=NOW)
    assert len(news.of("me", SERVICE)) == 1


@pytest.mark.parametrize("wrong", [
    {"webhook-id": "evt_2"}, {"webhook-timestamp": str(NOW + 1)}, {"webhook-timestamp": "soon"},
    {"webhook-signature": ""}, {"webhook-signature": "v1,\u0661"}])
def test_others_are_not(news, wrong):
    headers, body = letter()
    with pytest.raises(ValueError):
        news.keep({**headers, **wrong}, body, now=NOW)
    for there, then in ((letter()[0], body + b" "), (letter(key=b"x" * 32))):
        with pytest.raises(ValueError):
            news.keep(there, then, now=NOW)
    for now in (NOW + 301, NOW - 301):
        with pytest.raises(ValueError):
            news.keep(headers, body, now=now)
    assert news.of("me", SERVICE) == []


def test_before_it_has_a_secret(news):
    news.key = None
    with pytest.raises(ValueError):
        news.keep(*letter(key=b""), now=NOW)


def test_no_more_than_some(news, monkeypatch):
    monkeypatch.setattr(portal_news, "PEOPLE_MAX", 3)
    for n in range(30):
        news.keep(*letter(n), now=NOW)
    assert [one["reference"] for one in news.of("me", SERVICE)] == [
        f"DL-{n}" for n in range(29, 9, -1)]
    for n in range(3):
        news.keep(*letter(n, sub=f"other{n}"), now=NOW)
    assert news.of("me", SERVICE) == [] and news.of("other2", SERVICE)

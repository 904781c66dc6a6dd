# SPDX-License-Identifier: Apache-2.0
"""News: the gateway tells the portal by a webhook (Standard Webhooks 1.0) that something of a person
has changed, never what; the person sees it on the page of the service.

Where it is told is registered at each start, by the consent API; its secret stays in memory."""
import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections import OrderedDict, deque

import requests
from authlib.jose import JsonWebKey, JsonWebSignature

PATH = "/news"
TYPE = "service.news"
AGE_MAX_S = 300
EACH_MAX, PEOPLE_MAX = 20, 1000  # of one person; people
TIMEOUT_S = 10


class News:
    """What has come; of each person the last few, in memory alone."""

    def __init__(self):
        self.key, self._lock, self._of = None, threading.Lock(), OrderedDict()

    def keep(self, headers, body, now=None):
        """One letter; ValueError where it is none of the gateway's. The same one again is kept
        once."""
        id_ = self._verified(headers, body, time.time() if now is None else now)
        letter = json.loads(body)
        if letter["type"] != TYPE:
            return
        about = letter["data"]
        one = {"id": id_, "at": letter["timestamp"], "service": about["service"],
               "what": about["news"], "reference": about.get("reference")}
        with self._lock:
            known = self._of.setdefault(about["sub"], deque(maxlen=EACH_MAX))
            self._of.move_to_end(about["sub"])
            if all(there["id"] != id_ for there in known):
                known.appendleft(one)
            while len(self._of) > PEOPLE_MAX:
                self._of.popitem(last=False)

    def of(self, sub, service):
        """The newest first."""
        with self._lock:
            return [one for one in self._of.get(sub, ()) if one["service"] == service]

    def _verified(self, headers, body, now):
        """The letter's id: webhook-signature holds, with spaces between, one for each secret that
        stands, each of id, time and body."""
        id_, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if self.key is None or not at.isdecimal() or abs(now - int(at)) > AGE_MAX_S:
            raise ValueError("it is too old, or from ahead, or nothing was asked for")
        signed = f"{id_}.{at}.".encode() + body
        right = "v1," + base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256)).decode()
        given = headers.get("webhook-signature", "").split()
        if not any(hmac.compare_digest(one.encode(), right.encode()) for one in given):
            raise ValueError("no signature of it is right")
        return id_

    def register(self, api, url):
        """What was registered at a start before goes: nobody has its secret any more."""
        for one in api.call("GET", "/webhook-endpoints?limit=100")["data"]:
            if one["url"] == url:
                api.call("DELETE", f"/webhook-endpoints/{one['id']}")
        made = api.call("POST", "/webhook-endpoints", {"url": url, "events": [TYPE]})
        self.key = base64.b64decode(made["secret"].removeprefix("whsec_"))


class Api:
    """The consent API, for the portal itself: a token bound to a key (DPoP, RFC 9449)."""

    def __init__(self, party):
        client = party.gateway
        self.issuer, self.auth = party.issuer, (client.client_id, client.client_secret)
        self.key = JsonWebKey.generate_key("EC", "P-256", is_private=True)
        self.token, self.nonce = None, None
        self.token = self._sent("POST", f"{self.issuer}/token", auth=self.auth, data={
            "grant_type": "client_credentials", "scope": "consent"})["access_token"]

    def call(self, method, path, body=None):
        headers = {"Idempotency-Key": secrets.token_urlsafe(16)} if method == "POST" else {}
        return self._sent(method, f"{self.issuer}/consent/v1{path}", json=body, headers=headers)

    def _sent(self, method, url, headers=None, **more):
        """Sent once more with the nonce that the gateway asks for."""
        for _ in range(2):
            answer = requests.request(
                method, url, timeout=TIMEOUT_S, allow_redirects=False,
                headers={**(headers or {}), **self._shown(method, url)}, **more)
            if answer.status_code not in (400, 401) or "DPoP-Nonce" not in answer.headers:
                break
            self.nonce = answer.headers["DPoP-Nonce"]
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _shown(self, method, url):
        claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url.partition("?")[0],
                  "iat": int(time.time())}
        headers = {}
        if self.nonce:
            claims["nonce"] = self.nonce
        if self.token:
            digest = hashlib.sha256(self.token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            headers["Authorization"] = f"DPoP {self.token}"
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(is_private=False)}
        headers["DPoP"] = JsonWebSignature(["ES256"]).serialize_compact(
            header, json.dumps(claims), self.key).decode()
        return headers


def begin(app, party):
    """Without news the portal works as well."""
    news = News()
    try:
        news.register(Api(party), party.base + PATH)
    except (requests.RequestException, ValueError, KeyError, binascii.Error) as fault:
        app.logger.warning("no news: %s", fault)
    return news

#!/usr/bin/python3 -I
# SPDX-License-Identifier: Apache-2.0
"""A service of Dvara in Python: GET /hello greets the person by name, where they allow that.

The gateway starts it (manifest.json: "program") with a socket that is listening already, and calls
it there by HTTP. It is a resource server like any other: it checks each access token by the
gateway's keys, asks for attributes as its own client (private_key_jwt), and tells news as such."""

import argparse
import http.client
import json
import secrets
import select
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from authlib.jose import JsonWebToken
from authlib.jose.errors import JoseError

LISTENING = 3  # sd_listen_fds(3)
ACCESS = JsonWebToken(["ES256", "EdDSA", "PS256", "RS256"])
ASSERTION = JsonWebToken(["ES256"])


class Away(OSError):
    """The gateway gives no answer, or none that can be read: our caller may come again."""


class Gateway:
    """Whose tokens we take, and whom we ask for attributes."""

    def __init__(self, url, client, ca_file):
        self.url, self.client, self.keys = url, client, None
        self.id = client["client_id"]
        self.tls = ssl.create_default_context(cafile=ca_file)  # None: the system's authorities

    def fetch(self, path, form=None):
        body = urllib.parse.urlencode(form).encode() if form else None
        try:
            with urllib.request.urlopen(self.url + path, body, 2, context=self.tls) as answer:
                return json.load(answer) if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError) as fault:
            if getattr(fault, "code", None) == 403:
                raise  # an answer: not allowed
            raise Away(f"{path}: {fault!r}") from None

    def caller(self, authorization):
        """The claims of the token, or None. Whether a bound one (DPoP, mTLS) is in its holder's
        hands, the gateway has checked before it called us."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() not in ("bearer", "dpop"):
            return None
        for _ in range(2):
            self.keys = keys = self.keys or self.fetch("/jwks")
            try:
                claims = ACCESS.decode(token, keys, claims_options={
                    "iss": {"essential": True, "value": self.url},
                    "aud": {"essential": True, "value": f"{self.url}/services/{self.id}"},
                    "exp": {"essential": True}})
                claims.validate()
                return claims if claims.header.get("typ") == "at+jwt" else None
            except (JoseError, ValueError):
                self.keys = None  # perhaps there is a new key: once more
        return None

    def ourselves(self):
        """The parameters that prove who we are; an assertion serves once."""
        now, key = int(time.time()), self.client["private_jwks"]["keys"][0]
        assertion = ASSERTION.encode({"alg": "ES256", "kid": key["kid"]}, {
            "iss": self.id, "sub": self.id, "aud": self.url, "jti": secrets.token_urlsafe(16),
            "iat": now, "exp": now + 60}, key)
        return {"client_id": self.id, "client_assertion": assertion.decode(),
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}

    def tell(self, sub, type_, **more):
        """News of a person, for whoever they let call us (manifest.json: "events"). What must not
        be lost a service keeps, and tells again by the same id until it was taken."""
        try:
            self.fetch("/news", {**self.ourselves(), "id": secrets.token_urlsafe(16), "sub": sub,
                                 "type": type_, **more})
        except OSError as away:
            print(f"not told: {away}", file=sys.stderr)

    def attributes(self, authorization, names):
        """What the person allowed of them; {}: nothing."""
        try:
            return self.fetch("/attributes", {
                **self.ourselves(), "token": authorization.split(" ", 1)[1],
                "claims": " ".join(names)})
        except urllib.error.HTTPError:
            return {}


class Calls(BaseHTTPRequestHandler):
    gateway = None
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.caller_has_gone():
            self.close_connection = True
            return
        try:
            self.greet()
        except Away as away:
            print(f"the gateway is away: {away}", file=sys.stderr)
            self.answer(503, {"title": "temporarily_unavailable", "status": 503}, {
                "Content-Type": "application/problem+json", "Retry-After": 1})

    def greet(self):
        authorization = self.headers["Authorization"]
        person = self.gateway.caller(authorization)
        if person is None:
            self.answer(401, {"title": "invalid_token"}, {"WWW-Authenticate": "Bearer"})
        elif self.path != "/hello":
            self.answer(404, {"title": "not_found"})
        else:
            known = self.gateway.attributes(authorization, ["given_name"])
            self.gateway.tell(person["sub"], "person.greeted")
            self.answer(200, {"hello": known.get("given_name"), "you": person["sub"]})

    def caller_has_gone(self):
        """A call that waited too long in the socket's queue, and was answered 503: whoever made it
        may make it again, so it is not acted upon."""
        poll = select.poll()
        poll.register(self.connection, select.POLLRDHUP)  # of POLLHUP and POLLERR it tells anyway
        return bool(poll.poll(0))

    def answer(self, status, body, headers=()):
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(text),
                            **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return "gateway"


def main():
    words = argparse.ArgumentParser()
    for word in ("gateway", "client", "state", "ca-file"):
        words.add_argument(f"--{word}")
    words = words.parse_args()
    with open(words.client, encoding="utf-8") as file:
        Calls.gateway = Gateway(words.gateway, json.load(file), words.ca_file)
    server = ThreadingHTTPServer("", Calls, bind_and_activate=False)
    server.socket = socket.socket(fileno=LISTENING)
    server.serve_forever()


main()

# SPDX-License-Identifier: Apache-2.0
"""Another OpenID provider that does as the test says: rightly, or as an attacker would.

    with Upstream() as up:
        up.write(folder, "up1")            # its file for the gateway
        query = up.query_of(answer)        # what the gateway sent the browser with
        code = up.code(query, sub="s-1")   # the person signed in there
"""

import base64
import contextlib
import http.server
import json
import secrets
import socket
import threading
import time
import urllib.parse

import jwt_tools
from gateway import free_port

LOW, SUBSTANTIAL, HIGH = (f"urn:dvara:loa:{name}" for name in ("low", "substantial", "high"))


class Upstream:
    def __init__(self):
        self.lock, self.asked, self.codes = threading.Lock(), [], {}
        self.server = None
        self.start()
        self.keys = [("u1", jwt_tools.rsa_key())]
        self.reset()

    def reset(self):
        """Honest again."""
        self.pages = {}          # path -> (status, type, body), or a function of the handler
        self.discovery = {}      # members that replace its own; None takes one out
        self.claims = {}         # of the next ID tokens; None takes one out
        self.header = {}
        self.alg, self.key = "RS256", None
        self.token = {}          # members of the token answer; None takes one out
        self.userinfo = {}
        self.make = None         # a function of (header, claims): the whole ID token

    def start(self):
        up = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_GET(self):
                up.serve(self, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                up.serve(self, dict(urllib.parse.parse_qsl(body, strict_parsing=True)))

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def __init__(self, *words):
                super().__init__(*words)
                self.lines = []

            def get_request(self):
                line, address = super().get_request()
                self.lines.append(line)
                return line, address

            def handle_error(self, request, client_address):
                pass

        port = self.server.server_port if self.server else free_port()
        self.server = Server(("127.0.0.1", port), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Connections that were kept open, too: a caller would go on by them."""
        self.server.shutdown()
        self.server.server_close()
        for line in self.server.lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.stop()

    # what the gateway asks

    def serve(self, handler, form):
        path = handler.path.split("?")[0]
        with self.lock:
            self.asked.append(path)
        page = self.pages.get(path)
        if callable(page):
            return page(handler)
        if page is None:
            page = {"/.well-known/openid-configuration": self.metadata, "/jwks": self.jwks,
                    "/token": self.tokens, "/userinfo": self.person, "/par": self.pushed}[path](
                        handler, form)
        self.send(handler, *page)

    def send(self, handler, status, kind, body, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def metadata(self, handler, form):
        return 200, "application/json", without_none({
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo", **self.discovery})

    def jwks(self, handler, form):
        return 200, "application/json", {"keys": [
            jwt_tools.public_jwk(key, kid) for kid, key in self.keys]}

    def pushed(self, handler, form):
        uri = f"urn:ietf:params:oauth:request_uri:{secrets.token_hex(8)}"
        self.codes[uri] = form
        return 201, "application/json", {"request_uri": uri, "expires_in": 60}

    def tokens(self, handler, form):
        query, claims = self.codes.pop(form["code"])
        self.last_form, self.last_headers = form, dict(handler.headers)
        assert form["grant_type"] == "authorization_code"
        assert form["redirect_uri"] == query["redirect_uri"]
        assert jwt_tools.s256(form["code_verifier"]) == query["code_challenge"]
        access_token = secrets.token_urlsafe(16)
        self.subjects = {access_token: claims["sub"]}
        return 200, "application/json", without_none({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 60,
            "id_token": self.id_token(query, claims, access_token), **self.token})

    def id_token(self, query, claims, access_token):
        now = int(time.time())
        claims = without_none({
            "iss": self.issuer, "aud": query["client_id"], "nonce": query["nonce"], "iat": now,
            "exp": now + 300, "at_hash": jwt_tools.half_hash(access_token), "acr": "loa2",
            **claims, **self.claims})
        kid, key = self.keys[0]
        header = without_none({"alg": self.alg, "kid": kid, "typ": "JWT", **self.header})
        if self.make:
            return self.make(header, claims)
        return jwt_tools.sign(self.key or key, header, claims, self.alg)

    def person(self, handler, form):
        token = handler.headers["Authorization"].removeprefix("Bearer ")
        return 200, "application/json", without_none({
            "sub": self.subjects[token], **self.userinfo})

    # what the person does there

    def query_of(self, answer):
        """Of the redirect that leads here."""
        assert answer.status_code == 303, answer.text
        location = answer.headers["Location"]
        assert location.startswith(f"{self.issuer}/authorize?tenant=1&"), location
        query = dict(urllib.parse.parse_qsl(location.split("?")[1], strict_parsing=True))
        return self.codes[query["request_uri"]] if "request_uri" in query else query

    def code(self, query, sub="s-1", **claims):
        code = secrets.token_urlsafe(12)
        self.codes[code] = (query, {"sub": sub, **claims})
        return code

    def n_asked(self, path):
        return self.asked.count(path)

    # what the gateway knows of it

    def configuration(self, **changes):
        return without_none({
            "title": {"en": "Neighbour"}, "issuer": self.issuer, "client_id": "dvara:gateway",
            "token_endpoint_auth_method": "client_secret_basic", "client_secret_file": "secret",
            "scope": "openid phone", "acr": {"loa1": LOW, "loa2": SUBSTANTIAL},
            "person": {"match": {"claim": "phone_number", "to": "phone_number",
                                 "verified": "phone_number_verified"}}, **changes})

    def write(self, folder, name, **changes):
        (folder / "secret").write_text("s3cret & more\n")
        (folder / "secret").chmod(0o600)
        (folder / f"{name}.json").write_text(json.dumps(self.configuration(**changes)))


def without_none(members):
    return {name: value for name, value in members.items() if value is not None}


def basic_of(headers):
    """(user, password) of client_secret_basic."""
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    return tuple(urllib.parse.unquote_plus(part) for part in pair.split(":"))

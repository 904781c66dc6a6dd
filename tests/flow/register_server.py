# SPDX-License-Identifier: Apache-2.0
"""A register elsewhere that the gateway asks for attributes: https with client certificates, every
request's signature checked; or one that does as an attacker or a bad day would.

    with Register(folder, "civil") as civil:
        civil.people["P-100001"] = {"dob": "1994-04-14", "status": "alive"}
        civil.write(files, claims={"birthdate": {"field": "dob", "type": "date"}})
        civil.asked          # the claims of each request, in order
"""

import contextlib
import http.server
import json
import socket
import ssl
import threading
import time

import requests
from authlib.jose import JsonWebKey, JsonWebToken

import jwt_tools
from gateway import free_port
from pki import PEM, Authority, key_pem

TYP = "register-request+jwt"
TITLE = {"en": "Civil Registry", "fr": "État civil", "km": "អត្រានុកូលដ្ឋាន",
         "lo": "ທະບຽນພົນລະເມືອງ", "ar": "السجل المدني"}


class Register:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.lock, self.asked, self.people, self.jtis = threading.Lock(), [], {}, set()
        self.keys_url = None     # of the gateway; or its public key in keys
        self.keys = None
        self.server, self.refused = None, []
        self.may_answer = threading.Event()
        self.authority = Authority(f"{name} authority")
        self.pem("ca.pem", self.authority.pem)
        ours = jwt_tools.ec_key()
        self.pem("gateway.pem", self.authority.sign(ours, "gateway").public_bytes(PEM))
        self.pem("gateway.key", key_pem(ours))
        self.honest_tls = self.tls = self.tls_of(self.authority)
        self.reset()
        self.start()

    def pem(self, name, octets):
        path = self.folder / f"{self.name}-{name}"
        path.write_bytes(octets)
        path.chmod(0o600)
        return path

    def tls_of(self, authority, **certificate):
        """A context of a certificate that authority signs, as Authority.sign() takes it."""
        key = jwt_tools.ec_key()
        signed = authority.sign(key, self.name, **{"address": "127.0.0.1", **certificate})
        pair = self.pem("server.pem", key_pem(key) + signed.public_bytes(PEM))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pair)
        tls.load_verify_locations(self.folder / f"{self.name}-ca.pem")
        tls.verify_mode = ssl.CERT_REQUIRED
        return tls

    def reset(self):
        """Honest and quick again."""
        self.raw, self.drip_s = None, 0  # octets in place of a whole answer; and between two of them
        if self.tls is not self.honest_tls:
            self.tls = self.honest_tls
            self.hang_up()
        self.may_answer.set()
        self.status, self.kind = 200, "application/json"
        self.changes = {}        # members of the answer; None takes one out
        self.fields = {}         # fields of the answer that are not those of the person
        self.body = None         # octets in place of an answer
        self.scores = None       # {field: what it says of any candidate}
        self.offset_s = 0        # of the gateway's clock
        self.as_of = lambda: int(time.time()) + self.offset_s

    def hold(self):
        """Takes what is asked, and says nothing before it may."""
        self.may_answer.clear()

    # its file for the gateway

    def configuration(self, **changes):
        made = {
            "title": TITLE, "url": f"{self.url}/ask", "certificate_file": f"{self.name}-gateway.pem",
            "key_file": f"{self.name}-gateway.key", "ca_file": f"{self.name}-ca.pem",
            "timeout_ms": 5000, **changes}
        return {name: value for name, value in made.items() if value is not None}

    def write(self, folder, **changes):
        """folder: the one of the settings; PEM files lie beside it."""
        made = self.configuration(**changes)
        for member in ("certificate_file", "key_file", "ca_file"):
            if member in made:
                made[member] = str(self.folder / made[member])
        (folder / f"{self.name}.json").write_text(json.dumps(made))

    # what the gateway asks

    def answer(self, token):
        claims = self.opened(token)
        with self.lock:
            self.asked.append(claims)
        self.may_answer.wait(60)
        if self.body is not None:
            return self.body
        person = self.people.get(claims["key"])
        answer = {"request": claims["jti"], "key": claims["key"], "found": person is not None,
                  "as_of": self.as_of()}
        if person is not None:
            answer["fields"] = {name: person[name] for name in claims["fields"] if name in person}
            answer["fields"].update(self.fields)
            answer["matches"] = {
                name: person.get(name) == value if self.scores is None else self.scores[name]
                for name, value in claims.get("matches", {}).items()}
        answer.update(self.changes)
        return json.dumps(
            {name: value for name, value in answer.items() if value is not None}).encode()

    def opened(self, token):
        """Its claims; fails where a register would refuse."""
        keys = JsonWebKey.import_key_set(
            self.keys or requests.get(self.keys_url, timeout=20).json())
        header = jwt_tools.header_of(token)
        assert header["typ"] == TYP and header["alg"] == "ES256" and header["kid"], header
        claims = dict(JsonWebToken(["ES256"]).decode(token, keys))
        now = time.time() + self.offset_s
        assert claims["aud"] == f"{self.url}/ask", claims
        assert now - 60 < claims["iat"] <= now + 5 and claims["exp"] <= claims["iat"] + 60, claims
        with self.lock:
            assert claims["jti"] not in self.jtis
            self.jtis.add(claims["jti"])
        return claims

    def fields_asked(self):
        return [sorted(claims["fields"]) for claims in self.asked]

    # as a server

    def start(self):
        register = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_POST(self):  # the name is http.server's
                body, status = b"{}", register.status
                token = self.rfile.read(int(self.headers["Content-Length"])).decode()
                try:
                    assert self.path == "/ask", self.path
                    assert self.headers["Content-Type"] == "application/jwt"
                    body = register.answer(token)
                except Exception as error:  # whatever it was, the test hears of it
                    register.refused.append(repr(error))
                    status = 401
                if register.raw is not None:
                    self.close_connection = True
                    return self.speak(register.raw)
                self.send_response(status)
                self.send_header("Content-Type", register.kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def speak(self, octets):
                step = 1 if register.drip_s else 65536
                for at in range(0, len(octets), step):
                    self.wfile.write(octets[at:at + step])
                    time.sleep(register.drip_s)

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

            def __init__(self, *words):
                super().__init__(*words)
                self.lines = []

            def handle_error(self, request, client_address):
                pass

            def finish_request(self, request, client_address):
                request.settimeout(20)
                with register.tls.wrap_socket(request, server_side=True) as secured:
                    self.lines.append(secured)
                    self.RequestHandlerClass(secured, client_address, self)

        self.server = Server(
            ("127.0.0.1", self.server.server_port if self.server else free_port()), Handler)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Connections that were kept open, too: the gateway would go on by them."""
        self.server.shutdown()
        self.server.server_close()
        self.hang_up()

    def hang_up(self):
        for line in self.server.lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.stop()

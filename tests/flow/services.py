# SPDX-License-Identifier: Apache-2.0
"""Service plugins of tests/plugins in folders of their own, and a client that calls them."""

import json
import os
import shutil
import subprocess
import time

import requests
from authlib.jose import JsonWebKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import jwt_tools
from browser import Browser
from gateway import ROOT, Gateway, programs
from relying_party import RelyingParty

PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())
BACK_S = 30


def is_sanitized():
    """Memory and processes of a plugin are not limited in a build with sanitizers."""
    program = (programs() / "dvara-service").read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


def plugin(folder, id_, **manifest):
    """folder/services/ID/: the shared object and its manifest."""
    place = folder / "services" / id_
    place.mkdir(parents=True)
    shutil.copy(programs().parent / "test-services" / f"{id_}.so", place)
    (place / f"{id_}.so").chmod(0o755)
    place.joinpath("manifest.json").write_text(json.dumps({
        "id": id_, "version": "1.0", "name": {"en": id_}, "summary": {"en": id_},
        "attributes": [], "plugin": f"{id_}.so", **manifest}))
    return place


def program(folder, id_, text):
    """folder/services/ID/: a service in whatever language."""
    place = folder / "services" / id_
    place.mkdir(parents=True)
    place.joinpath(id_).write_text(text)
    place.joinpath(id_).chmod(0o755)
    place.joinpath("manifest.json").write_text(json.dumps({
        "id": id_, "version": "1", "name": {"en": id_}, "summary": {"en": id_},
        "attributes": [], "program": id_}))
    return place


def gateway_with(folder, *ids, **settings):
    """Not started yet."""
    return Gateway(folder, {"services.folder": folder / "services",
                            "services.enabled": " ".join(ids), "services.deadline": "10s",
                            "services.allow_unsigned": "yes", "services.pause": "1s",
                            **{name.replace("__", "."): value for name, value in settings.items()}})


class Signer:
    """Who signs manifests: a private key, and the file of the public one."""

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        self.key, self.path, self.trust = jwt_tools.ec_key(), folder / "sign.pem", \
            folder / "trust.json"
        self.path.write_bytes(self.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.path.chmod(0o600)
        jwk = jwt_tools.public_jwk(self.key)
        jwk["kid"] = JsonWebKey.import_key(jwk).thumbprint()
        self.trust.write_text(json.dumps({"keys": [jwk]}))

    def sign(self, gateway, place):
        gateway.dvara("service", "sign", place / "manifest.json", self.path)


class Caller:
    """A person who is signed in at a client that calls services for them."""

    def __init__(self, gateway, *ids):
        self.gateway = gateway
        gateway.apply("person", PERSONAS)
        self.client = RelyingParty(gateway, {
            "client_id": "caller", "client_name": "Caller", "scope": "openid profile",
            "redirect_uris": ["https://caller.test/cb"], "dvara_resources": list(ids)},
            jwt_tools.ec_key())
        self.browser = Browser(gateway)

    def token(self, id_, **more):
        """more: claims to tick, as RelyingParty.sign_in() has them."""
        resource = f"{self.gateway.url}/services/{id_}"
        return self.client.tokens(self.browser, resource=resource, **more)["access_token"]

    def call(self, id_, path="/good", token=None, **more):
        token = token or self.token(id_)
        return requests.get(f"{self.gateway.url}/services/{id_}{path}", timeout=30,
                            headers={"Authorization": f"Bearer {token}"}, **more)

    def dies(self, id_, path, token):
        """The answer to a call that its process dies of; that has then been seen to end."""
        pid = self.call(id_, token=token).json()["pid"]
        answer = self.call(id_, path, token)
        until = time.monotonic() + BACK_S
        while os.path.exists(f"/proc/{pid}"):
            assert time.monotonic() < until, f"{id_} outlives {path}: {answer.text}"
            time.sleep(0.02)
        return answer

    def is_back(self, id_, token, within_s=BACK_S, path="/good"):
        """Waits for the first good answer; the seconds that it took."""
        began = time.monotonic()
        while True:
            answer = self.call(id_, path, token)
            if answer.status_code == 200:
                return time.monotonic() - began
            assert answer.status_code in (502, 503, 504), answer.text
            assert time.monotonic() - began < within_s, answer.text
            time.sleep(0.05)


def slow_has_begun(gateway):
    """Once a call of the hostile plugin's /slow has got there: the file that keeps it there."""
    file = gateway.folder / "state/services/hostile/begun"
    until = time.monotonic() + BACK_S
    while not file.exists():
        assert time.monotonic() < until, gateway.log()[-2000:]
        time.sleep(0.02)
    return file


def shipped(folder, id_, **files):
    """A service that comes with Dvara, in folder/services/ID/; files: {name without .json: content}
    beside it."""
    place = folder / "services" / id_
    shutil.copytree(programs().parent / "services" / id_, place)
    place.chmod(0o755)
    for name, content in files.items():
        place.joinpath(f"{name}.json").write_text(json.dumps(content))
    return place


class Party(RelyingParty):
    """A client that calls one service, for people and for itself."""

    def __init__(self, gateway, id_, name):
        super().__init__(gateway, {
            "client_id": name, "client_name": name, "scope": "openid",
            "redirect_uris": [f"https://{name}.test/cb"], "dvara_resources": [id_],
            "grant_types": ["authorization_code", "client_credentials"]}, jwt_tools.ec_key())
        self.service = f"{gateway.url}/services/{id_}"
        self.known = {}  # persona: token

    def of(self, persona):
        if persona not in self.known:
            self.known[persona] = self.tokens(
                Browser(self.gateway), persona=persona, resource=self.service)["access_token"]
        return self.known[persona]

    def own(self):
        if None not in self.known:
            self.known[None] = self.token(
                None, grant_type="client_credentials", redirect_uri=None, code_verifier=None,
                resource=self.service).json()["access_token"]
        return self.known[None]

    def ask(self, method, path, token, body=None):
        return requests.request(method, self.service + path, json=body, timeout=20,
                                headers={"Authorization": f"Bearer {token}"})


def code_of(answer, status):
    """Of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.json()["code"]


def conversed(folder, id_, settings, calls):
    """What `dvara-service --test` makes of calls to a shipped service, with these settings."""
    file = folder / "conversation.json"
    file.write_text(json.dumps({"settings": settings, "calls": calls}))
    service = programs().parent / f"services/{id_}/{id_}.so"
    return subprocess.run([programs() / "dvara-service", "--plugin", service, "--test", file],
                          capture_output=True, text=True, timeout=60, check=False)

# SPDX-License-Identifier: Apache-2.0
"""The two servers of the bench, with the same clients: "bench" (secret), "fapi" (private_key_jwt, PAR, DPoP) and
"rates" (secret, refresh tokens)."""

import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import time
import urllib.parse

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/flow"))
os.environ.setdefault("DVARA_BIN", str(ROOT / "build/release/bin"))

import jwt_tools                                 # noqa: E402
from browser import Browser                      # noqa: E402
from gateway import Gateway, free_port, stop     # noqa: E402

PROCESSES, COLD_STARTS = 2, 5
NODE = ROOT / "tests/node_modules/.bin/node"
TICKS = os.sysconf("SC_CLK_TCK")
REDIRECT_URI = "https://rp.test/cb"
SCOPE = "openid profile email"
FAPI_KEY = jwt_tools.ec_key()
FAPI_JWKS = {"keys": [{**jwt_tools.public_jwk(FAPI_KEY, "k1"), "use": "sig", "alg": "ES256"}]}


def family(pid):
    """A process and its children."""
    pids = [pid]
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid:
                pids += family(int(folder.name))
        except OSError:
            pass
    return pids


def cpu_s(pid):
    total = 0
    for one in family(pid):
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def rss_mb(pid):
    total = 0
    for one in family(pid):
        status = pathlib.Path(f"/proc/{one}/status").read_text()
        total += int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    return total / 1024


class Dvara:
    name = "dvara"
    SIGNED_PER_S = 10000    # FAPI logins signed ahead for each second of a turn: more than can be checked in it
    paths = {"AUTHORIZE": "/authorize", "TOKEN": "/token", "USERINFO": "/userinfo", "PAR": "/par",
             "INTROSPECT": "/introspect"}
    gateway = None

    def start(self, folder):
        gateway = Gateway(folder, {"gateway.loops": PROCESSES, "gateway.log_level": "warning",
                                   "gateway.trusted_proxies": ""})
        self.gateway = gateway.__enter__()
        self.gateway.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        self.url = self.gateway.url
        self.secret = self.client("bench")["client_secret"]
        self.rates_secret = self.client(
            "rates", grant_types=["authorization_code", "refresh_token"])["client_secret"]
        self.client("fapi", token_endpoint_auth_method="private_key_jwt", jwks=FAPI_JWKS,
                    dpop_bound_access_tokens=True, require_pushed_authorization_requests=True)

    def client(self, name, **metadata):
        return self.gateway.apply("client", {
            "client_id": name, "client_name": name, "redirect_uris": [REDIRECT_URI], "scope": SCOPE,
            "token_endpoint_auth_method": "client_secret_post",
            "id_token_signed_response_alg": "ES256", **metadata})

    @property
    def pid(self):
        return self.gateway.process.pid

    def sign_in(self, request):
        """(the cookies of a session with consent, the address it ended at)"""
        browser = Browser(self.gateway)
        end = browser.walk(browser.get("/authorize", params=request), claims="all")
        return browser.http.cookies, end.headers["Location"]

    def rows(self):
        """How many there are of what a release of claims leaves."""
        database = sqlite3.connect(self.gateway.database)
        try:
            return {"the ledger": database.execute("SELECT count(*) FROM ledger").fetchone()[0],
                    "releases in the audit trail": database.execute(
                        "SELECT count(*) FROM audit WHERE event = 'release'").fetchone()[0]}
        finally:
            database.close()

    def cold_starts_ms(self):
        """From fork to the first answer; and the memory of one that has done nothing yet."""
        times, idle = [], 0
        for _ in range(COLD_STARTS):
            self.gateway.stop()
            start = time.monotonic()
            with open(self.gateway.log_file, "ab") as log:
                self.gateway.process = subprocess.Popen(
                    [self.gateway.bin / "dvara", "serve", "--config", self.gateway.config],
                    stderr=log)
            while True:
                try:
                    requests.get(f"{self.url}/.well-known/openid-configuration", timeout=2)
                    break
                except requests.ConnectionError:
                    time.sleep(0.0005)
            times.append((time.monotonic() - start) * 1000)
            idle = rss_mb(self.pid)
        return sorted(times), idle

    def stop(self):
        if self.gateway:
            self.gateway.stop()
            self.gateway.redis.stop()


class Provider:
    name = "oidc-provider"
    SIGNED_PER_S = 3000
    secret = rates_secret = "bench-secret-bench-secret-bench-"   # as in provider.mjs
    paths = {"AUTHORIZE": "/auth", "TOKEN": "/token", "USERINFO": "/me", "PAR": "/request",
             "INTROSPECT": "/token/introspection"}
    redis = process = None

    def start(self, folder):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.socket = f"{folder}/op.sock"
        self.redis = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "",
             "--dir", str(folder)], stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen(
            [NODE, "provider.mjs"], cwd=ROOT / "tests/bench", stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PORT": str(port), "REDIS": self.socket, "NODE_ENV": "production",
                 "PROCESSES": str(PROCESSES), "FAPI_JWKS": json.dumps(FAPI_JWKS)})
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                requests.get(f"{self.url}/.well-known/openid-configuration", timeout=2)
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        sys.exit("tests/bench/run: oidc-provider does not start: npm ci in tests/, or see provider.mjs")

    @property
    def pid(self):
        return self.process.pid

    def rows(self):
        return {}

    def sign_in(self, request):
        browser = requests.Session()
        answer = browser.get(f"{self.url}/auth", params=request, allow_redirects=False)
        while answer.headers["Location"].startswith(("/", self.url)):
            answer = browser.get(
                urllib.parse.urljoin(self.url, answer.headers["Location"]), allow_redirects=False)
        return browser.cookies, answer.headers["Location"]

    def stop(self):
        for pid in reversed(family(self.process.pid)) if self.process else ():
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                pass
        if self.process:
            self.process.wait(10)
        if self.redis:
            stop(self.redis)

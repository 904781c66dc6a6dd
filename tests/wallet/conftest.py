# SPDX-License-Identifier: Apache-2.0
"""The wallet under test, with a home, anchors and counterparts of its own in each test."""
import json
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from foreign.issuer import Issuer  # noqa: E402
from foreign.keys import Authority  # noqa: E402
from foreign.verifier import Verifier  # noqa: E402

PROGRAM = os.environ.get("DVARA_WALLET", "build/debug/bin/dvara-wallet")


class Wallet:
    def __init__(self, home):
        self.home = home

    def run(self, *words):
        return subprocess.run([PROGRAM, "--home", str(self.home), *map(str, words)],
                              capture_output=True, text=True, timeout=60)

    def ok(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    def refuses(self, *words, because, code=1):
        done = self.run(*words)
        assert done.returncode == code, (done.stdout, done.stderr)
        assert done.stdout == ""
        assert done.stderr.startswith("dvara-wallet: ") and done.stderr.count("\n") == 1
        assert because in done.stderr
        return done.stderr


@pytest.fixture(scope="session")
def root():
    return Authority("Root of the test")


@pytest.fixture(scope="session")
def stranger():
    return Authority("Root of nobody")


@pytest.fixture
def wallet(tmp_path, root):
    home = tmp_path / "home"
    home.mkdir()
    (home / "trust.pem").write_bytes(root.pem())
    return Wallet(home)


@pytest.fixture
def issuer(root):
    server = Issuer(root.leaf("issuer.example"))
    yield server
    server.close()


@pytest.fixture
def verifier(root, issuer):
    server = Verifier(root.leaf("verifier.example"), issuer.leaf)
    yield server
    server.close()


@pytest.fixture
def holder(wallet, issuer):
    """The wallet with one identity in it."""
    wallet.ok("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code)
    return wallet

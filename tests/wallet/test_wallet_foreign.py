# SPDX-License-Identifier: Apache-2.0
"""The counterparts themselves, against the examples of the specifications."""
import json
import os
import pathlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from foreign import keys

VECTORS = os.environ.get("DVARA_VECTORS")


@pytest.mark.skipif(not VECTORS, reason="no vectors")
def test_decryption():
    """OpenID4VP 1.0 section 8.3."""
    case = json.loads((pathlib.Path(VECTORS) / "openid4vp/encrypted_response.json").read_text())
    jwk = case["private_jwk"]
    key = ec.derive_private_key(int.from_bytes(keys.unb64u(jwk.pop("d")), "big"), ec.SECP256R1())
    assert keys.public_jwk(key).items() <= jwk.items()
    header, payload = keys.decrypt(case["jwe"], key)
    assert header == case["protected_header"] and payload == json.loads(case["plaintext"])


@pytest.mark.skipif(not VECTORS, reason="no vectors")
def test_signatures_and_digests():
    """The complete presentation among the examples of OpenID4VP 1.0."""
    folder = pathlib.Path(VECTORS) / "openid4vp/sd_jwt_vcld/01"
    text = "".join((folder / "sd_jwt_presentation.txt").read_text().split())
    shown, _, binding = text.rpartition("~")
    _, claims = keys.verify(binding, keys.load_jwk(keys.read(shown.split("~")[0])[1]["cnf"]["jwk"]))
    assert claims["sd_hash"] == keys.sha256(shown + "~")

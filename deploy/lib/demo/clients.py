# SPDX-License-Identifier: Apache-2.0
"""The relying parties: conf/demo/clients/*.json, each with a secret or keys made for this demo.

DIR/clients/NAME.json is what the relying party itself has: the metadata with `client_secret` or
`private_jwks`. The gateway is given the public part."""
import json

from . import pki


def make(place, gateway):
    for template in sorted((place.root / "conf/demo/clients").glob("*.json")):
        metadata = json.loads(template.read_text().replace("{portal}", place.portal))
        private = {}
        if metadata["token_endpoint_auth_method"] == "private_key_jwt":
            keys = [pki.new_jwk("sig", "ES256"), pki.new_jwk("enc", "ECDH-ES")]
            metadata["jwks"] = {"keys": [pki.public_jwk(key) for key in keys]}
            private["private_jwks"] = {"keys": keys}
        # A client_secret is the gateway's to make: it is told this once.
        stored = gateway.dvara("client", "apply", "-", text=json.dumps(metadata))
        place.write(f"clients/{template.stem}.json", {**stored, **private})


def files(place):
    return {path.stem: str(path) for path in sorted((place / "clients").glob("*.json"))}

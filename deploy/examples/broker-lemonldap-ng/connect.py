#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds the gateway to a configuration of LemonLDAP::NG as the provider by which people sign in.

connect.py lmConf-1.json: writes the file anew; ISSUER, CLIENT_ID and CLIENT_SECRET are in the environment.  The names
are those of the Manager (General Parameters, OpenID Connect Providers)."""
import json
import os
import sys
import urllib.request

ISSUER = os.environ["ISSUER"]


def fetched(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


discovery = fetched(ISSUER + "/.well-known/openid-configuration")
with open(sys.argv[1], encoding="utf-8") as file:
    conf = json.load(file)
conf.update(
    authentication="OpenIDConnect", userDB="Same", passwordDB="Null", registerDB="Null",
    oidcOPMetaDataJSON={"dvara": discovery},
    oidcOPMetaDataJWKS={"dvara": fetched(json.loads(discovery)["jwks_uri"])},
    oidcOPMetaDataExportedVars={"dvara": {"cn": "name", "mail": "email"}},
    oidcOPMetaDataOptions={"dvara": {
        "oidcOPMetaDataOptionsConfigurationURI": ISSUER + "/.well-known/openid-configuration",
        "oidcOPMetaDataOptionsClientID": os.environ["CLIENT_ID"],
        "oidcOPMetaDataOptionsClientSecret": os.environ["CLIENT_SECRET"],
        "oidcOPMetaDataOptionsTokenEndpointAuthMethod": "client_secret_basic",
        "oidcOPMetaDataOptionsScope": "openid profile email",
        "oidcOPMetaDataOptionsCheckJWTSignature": 1,
        "oidcOPMetaDataOptionsUseNonce": 1,
        "oidcOPMetaDataOptionsIDTokenMaxAge": 30,
        "oidcOPMetaDataOptionsJWKSTimeout": 3600,  # keys are fetched anew: they rotate
        "oidcOPMetaDataOptionsStoreIDToken": 1,  # so that signing out goes to the gateway too
    }})
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(conf, file, indent=1)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The schemas of conf/schema hold what they should: the personas and credentials of the demo, and the clients of
clients.json: what the gateway takes, the schema takes; what it can see, it refuses."""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: no python3-jsonschema")
    sys.exit(77)

root = pathlib.Path(sys.argv[1])
wrong = 0


def say(text):
    global wrong
    wrong += 1
    print(text)


def schema(name):
    loaded = json.loads((root / "conf/schema" / name).read_text())
    jsonschema.Draft202012Validator.check_schema(loaded)
    return jsonschema.Draft202012Validator(loaded)


person = schema("person.json")
personas = json.loads((root / "conf/demo/personas.json").read_text())
for error in person.iter_errors(personas):
    say(f"personas.json: {list(error.path)}: {error.message[:200]}")
bad_people = [
    {}, [{}], [{"register_key": "P-1"}],
    [{"register_key": "P-1", "claims": {}}],
    [{"register_key": "", "claims": {"name": "A"}}],
    [{"register_key": "P-1", "claims": {"name": "A"}, "life": "gone"}],
    [{"register_key": "P-1", "claims": {"name": "A\u202e"}}],
    [{"register_key": "P-1", "claims": {"name": ["A"]}}],
    [{"register_key": "P-1", "claims": {"birthdate": "1.1.1990"}}],
    [{"register_key": "P-1", "claims": {"phone_number": "012"}}],
    [{"register_key": "P-1", "claims": {"personal_number": "1"}}],
    [{"register_key": "P-1", "short_name": "A b", "claims": {"name": "A"}}],
    [{"register_key": "P-1", "claims": {"address": "street"}}],
]
for people in bad_people:
    if person.is_valid(people):
        say(f"person.json takes {people}")

authority = schema("card-authority.json")
card = {"certificates_file": "a.pem", "acr": "urn:dvara:loa:high"}
for more in ({}, {"revocation": "none"}, {"revocation": ["crl", "ocsp"]}, {"person": {"key": "P-{value}"}},
             {"ocsp": {"nonce": False}, "crl": {"stale_s": 3600}, "policies": {"allow": ["1.2.3"]}}):
    if not authority.is_valid({**card, **more}):
        say(f"card-authority.json refuses {more}")
for more in ({"revocation": []}, {"revocation": "ocsp"}, {"revocation": ["ocsp", "ocsp"]}, {"acr": "high"},
             {"ocsp": {"url": "ldap://a"}}, {"crl": {"stale_s": -1}}, {"person": {"key": "P"}}, {"more": 1},
             {"policies": {"allow": ["name"]}}):
    if authority.is_valid({**card, **more}):
        say(f"card-authority.json takes {more}")

service = schema("service.json")
manifests = sorted((root / "plugins").glob("*/manifest.json"))
for path in manifests:
    for error in service.iter_errors(json.loads(path.read_text())):
        say(f"{path}: {list(error.path)}: {error.message[:200]}")
manifest = {"id": "a-b", "version": "1", "name": {"en": "A"}, "summary": {"en": "A"}, "attributes": [],
            "plugin": "a.so"}
duty = {"basis": "legal_duty", "law": {"en": "Act 1"}}
for more in ({}, duty, {"callers": ["client"]}, {"network": ["a:443"]}, {"data_life": "P90D"}):
    if not service.is_valid({**manifest, **more}):
        say(f"service.json refuses {more}")
for more in ({"basis": "legal_duty"}, {"law": duty["law"]}, {"program": "b"}, {"plugin": "a/b"}, {"id": "A"},
             {"callers": ["all"]}, {"more": 1}, {"name": {"km": "A"}}, {"attributes": [{"name": "a"}]}):
    if service.is_valid({**manifest, **more}):
        say(f"service.json takes {more}")

programme = schema("programme.json")
for error in programme.iter_errors(
        json.loads((root / "plugins/welfare-eligibility/programmes.json").read_text())):
    say(f"programmes.json: {list(error.path)}: {error.message[:200]}")

client = schema("client.json")
for case in json.loads((root / "tests/unit/records/clients.json").read_text()):
    # RFC 7591 section 2: null is as if it were not there
    metadata = case["metadata"]
    if isinstance(metadata, dict):
        metadata = {name: value for name, value in metadata.items() if value is not None}
    is_valid = client.is_valid(metadata)
    if "error" not in case and not is_valid:
        error = next(client.iter_errors(metadata))
        say(f"client.json refuses '{case['name']}': {error.message[:200]}")
    if case.get("schema_sees") and is_valid:
        say(f"client.json takes '{case['name']}'")

for name, cases in (("purpose.json", "purposes.json"), ("attribute.json", "attributes.json")):
    policy = schema(name)
    for case in json.loads((root / "tests/unit/records" / cases).read_text()):
        is_valid = policy.is_valid(case["document"])
        if "error" not in case and not is_valid:
            say(f"{name} refuses '{case['name']}': {next(policy.iter_errors(case['document'])).message[:200]}")
        if case.get("schema_sees") and is_valid:
            say(f"{name} takes '{case['name']}'")

credential = schema("credential.json")
for path in sorted((root / "conf/demo/credentials").glob("*.json")):
    for error in credential.iter_errors(json.loads(path.read_text())):
        say(f"{path.name}: {list(error.path)}: {error.message[:200]}")
good = {"id": "library", "vct": "urn:x:1", "name": {"en": "Card"}, "claims": [{"name": "n"}]}
bad_types = [
    {}, {**good, "id": "Library"}, {**good, "id": "openid"}, {**good, "vct": "a b"},
    {**good, "name": {"km": "x"}}, {**good, "name": {"en": "x", "de": "y"}},
    {**good, "life_days": 0}, {**good, "batch": 33}, {**good, "claims": []},
    {**good, "claims": [{"name": "exp"}]}, {**good, "claims": [{"name": "n", "must": True}]},
    {**good, "background_color": "red"}, {**good, "colour": "#000000"}]
if not credential.is_valid(good):
    say("credential.json refuses a good type")
for type_ in bad_types:
    if credential.is_valid(type_):
        say(f"credential.json takes {type_}")

sys.exit(1 if wrong else 0)

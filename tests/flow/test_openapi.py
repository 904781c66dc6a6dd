# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document of the consent API: the same as routes.c, and its page says all of it.  That
answers are as it says is checked with every call (openapi.py); that it lints clean, in
tests/interop."""

import html
import re

import jsonschema
import pytest
import requests

import openapi
from browser import Page
from gateway import ROOT

ROUTE = re.compile(r'\{"(\w+)",\s*"/consent/v1(/[^"]*)"')


@pytest.fixture(scope="module")
def document(gateway):
    return openapi.document(gateway.url)


def test_every_route_is_in_it_and_back(document):
    routes = set(ROUTE.findall((ROOT / "gateway/routes.c").read_text()))
    assert len(routes) >= 12
    operations = {(method.upper(), path) for path, item in document["paths"].items()
                  for method in item if method != "parameters"}
    assert operations == routes


def test_every_type_of_event_is_in_it(document):
    table = (ROOT / "gateway/records/event.h").read_text()
    types = re.findall(r'^\tX\("([a-z_.]+)"\)', table, re.M)
    assert types == document["components"]["schemas"]["EventType"]["enum"]


def test_it_is_served(gateway):
    url = f"{gateway.url}/consent/v1/openapi.json"
    answer = requests.get(url, timeout=20)
    assert answer.text == (ROOT / "gateway/consent/openapi.json").read_text()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age" in answer.headers["Cache-Control"]


def test_its_schemas_are_schemas(document):
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_check_can_fail(document):
    good = {"type": "about:blank", "title": "gone", "status": 410, "detail": "", "trace_id": "0" * 32}
    problem = {"$ref": "#/components/schemas/Problem"}
    openapi.validate(document, problem, good)
    for bad in ({**good, "more": 1}, {**good, "status": "410"}, {"title": "gone"}):
        with pytest.raises(AssertionError):
            openapi.validate(document, problem, bad)
    endpoint = {"$ref": "#/components/schemas/WebhookEndpoint/properties/created_at"}
    openapi.validate(document, endpoint, "2026-11-22T00:00:00Z")
    with pytest.raises(AssertionError):
        openapi.validate(document, endpoint, "yesterday")


def test_its_examples_are_what_it_says(document):
    for item in document["paths"].values():
        for method, one in item.items():
            content = one.get("requestBody", {}).get("content", {}) if method != "parameters" else {}
            for kind in content.values():
                if "example" in kind:
                    openapi.validate(document, kind["schema"], kind["example"])


def test_the_page(gateway, document):
    answer = requests.get(f"{gateway.url}/consent/v1/docs", timeout=20)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script" not in answer.text.lower().replace("description", "")
    page = Page(answer.text)
    ids = re.findall(r' id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]+)"', answer.text):
        assert target in ids, target
    for item in document["paths"].values():
        for method, one in item.items():
            if method != "parameters":
                assert one["operationId"] in ids
    for name in document["components"]["schemas"]:
        assert f"schemas-{name}" in ids
    for name in document["components"]["responses"]:
        assert f"problems-{name}" in ids
    for name, header in document["components"]["headers"].items():
        assert header["description"] in html.unescape(answer.text), name
    assert page is not None
    packed = requests.get(f"{gateway.url}/consent/v1/docs", timeout=20, stream=True,
                          headers={"Accept-Encoding": "gzip"}).raw.read()
    assert len(packed) < 12_000

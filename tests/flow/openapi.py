# SPDX-License-Identifier: Apache-2.0
"""Answers of the consent API, held against the OpenAPI document that the gateway serves."""

import datetime
import functools
import re
import warnings

import jsonschema
import requests

DOCUMENT = "/consent/v1/openapi.json"
BASE = "/consent/v1"
FORMATS = jsonschema.FormatChecker(formats=[])


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value):
    if isinstance(value, str):
        datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    return True


@functools.lru_cache
def document(url):
    answer = requests.get(url + DOCUMENT, timeout=20)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    return answer.json()


def operation_of(there, method, path):
    """The operation whose path it is, or None."""
    for template, item in there["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(BASE + template))
        if re.fullmatch(pattern, path):
            return item.get(method.lower())
    return None


def resolved(there, thing):
    while "$ref" in thing:
        for name in thing["$ref"].split("/")[1:]:
            there_now = there if name == "components" else there_now
            there_now = there_now[name]
        thing = there_now
    return thing


def validate(there, schema, value):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        resolver = jsonschema.RefResolver.from_schema(there)
        validator = jsonschema.Draft202012Validator(schema, resolver=resolver,
                                                    format_checker=FORMATS)
        errors = [f"{list(error.absolute_path)}: {error.message[:300]}"
                  for error in validator.iter_errors(value)]
    assert not errors, errors


def check(gateway, method, path, answer, sent=None):
    """path: of the request without its query; sent: the body, as it was before it was JSON.  What
    was taken must be of the body's schema as well."""
    there = document(gateway.url)
    operation = operation_of(there, method, path)
    assert operation is not None or answer.status_code in (404, 405), f"{method} {path}"
    if operation is None:
        return
    status = str(answer.status_code)
    assert status in operation["responses"], f"{method} {path} answered {status}: {answer.text}"
    content = resolved(there, operation["responses"][status]).get("content")
    if content is None:
        assert answer.content == b"", f"{method} {path} answered {status} with a body"
    else:
        kind = answer.headers["Content-Type"].split(";")[0]
        assert kind in content, f"{method} {path} answered {status} as {kind}"
        is_json = kind.endswith("json")
        validate(there, content[kind]["schema"], answer.json() if is_json else answer.text)
    if answer.ok and sent is not None:
        validate(there, operation["requestBody"]["content"]["application/json"]["schema"], sent)

# SPDX-License-Identifier: Apache-2.0
"""GET /services: for programs the manifests' words, for people a page in their language."""

import html

import pytest
import requests

from services import gateway_with, plugin

WORDS = {"km": "ខ្មែរ", "lo": "ລາວ", "en": "English", "fr": "Français", "ar": "العربية"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogue")
    plugin(folder, "borrower", name={lang: f"{word} <b>" for lang, word in WORDS.items()},
           summary=WORDS, attributes=[
               {"name": "name", "essential": True, "why": {"en": "To write it down"}},
               {"name": "email", "why": {"en": "To answer"}}],
           basis="public_task", law={"en": "Act 7"}, data_life="P90D", network=["a.example:443"])
    plugin(folder, "hostile")
    with gateway_with(folder, "borrower", "hostile") as running:
        yield running


def get(gateway, accept, **params):
    return requests.get(f"{gateway.url}/services", params=params, timeout=20, headers={
        "Accept": accept})


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/xml"])
def test_for_programs(gateway, accept):
    answer = get(gateway, accept)
    assert answer.headers["Content-Type"] == "application/json"
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    borrower, hostile = answer.json()["services"]
    assert borrower["resource"] == f"{gateway.url}/services/borrower"
    assert borrower["law"] == {"en": "Act 7"} and borrower["basis"] == "public_task"
    assert borrower["network"] == ["a.example:443"] and set(borrower["summary"]) == set(WORDS)
    assert requests.get(borrower["jwks_uri"], timeout=20).status_code == 200
    assert hostile["attributes"] == [] and "law" not in hostile


@pytest.mark.parametrize("language", WORDS)
def test_for_people(gateway, language):
    answer = get(gateway, "text/html,*/*;q=0.8", lang=language)
    assert answer.status_code == 200 and f'lang="{language}"' in answer.text
    text = html.unescape(answer.text)
    assert f"{WORDS[language]} <b>" in text and "<b>" not in answer.text
    for word in ("Act 7", "To write it down", "90", "a.example:443"):
        assert word in text, word

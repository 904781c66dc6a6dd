# SPDX-License-Identifier: Apache-2.0
"""GET /services: for programs the manifests' words, for people a page in their language."""

import html
import json

import pytest
import requests

from browser import Page
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


def long_service(folder, name):
    """With a manifest as long as it may be, in letters that take most; its plugin is another's, so
    that it does not run."""
    place = plugin(folder, "borrower", name={"en": name}, attributes=[
        {"name": f"detail_{n}", "why": {"en": "'" * 850}} for n in range(32)])
    manifest = place / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "id": name}))
    place.rename(place.with_name(name))


def test_more_than_a_page_holds(tmp_path):
    """Each is on some page, and on one alone."""
    names = [f"long{n}" for n in range(6)]
    for name in names:
        long_service(tmp_path, name)
    with gateway_with(tmp_path, *names) as running:
        seen, at = [], "/services"
        while at is not None:
            page = requests.get(running.url + at, timeout=20, headers={"Accept": "text/html"})
            assert page.status_code == 200
            ids = Page(page.text).ids
            seen += [id_.removeprefix("service-") for id_ in ids if id_.startswith("service-")]
            at = ids["more"]["href"] if "more" in ids else None
        assert seen == names
        assert len(get(running, "*/*").json()["services"]) == len(names)

# SPDX-License-Identifier: Apache-2.0
"""Nothing in the product lists people or looks for them by a name: whoever asks about a person
brings the key, or is that person."""

import os
import re
import subprocess

import pytest

from gateway import ROOT, programs

SEARCHING = {"search", "find", "lookup", "people", "persons", "citizens", "users", "directory"}
BY_NAME = {"q", "query", "search", "name", "given_name", "family_name", "full_name", "birthdate",
           "birth_date", "gender", "person", "people"}


def sources(*patterns):
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            yield path, path.read_text()


def test_no_route_searches():
    paths = re.findall(r'^\t\{"[A-Z]+", +"([^"]+)"', (ROOT / "gateway/routes.c").read_text(), re.M)
    assert len(paths) > 60
    for path in paths:
        assert not SEARCHING & set(re.split(r"[/{}.-]", path)), path


def test_no_handler_reads_a_name_to_look_for():
    read = r'request_(?:query|form|form_all)\([^"()]*"([a-z_]+)"'
    asked = {(name, path.name) for path, text in sources("gateway/**/*.c")
             for name in re.findall(read, text)}
    assert len(asked) > 30
    assert not {one for one in asked if one[0] in BY_NAME}


def test_no_statement_compares_names():
    """In SQL: the register and what hangs on people, by anything like a name."""
    for path, text in sources("gateway/**/*.c", "plugins/**/*.c"):
        statements = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
        assert not re.search(r"\bLIKE\b|\bILIKE\b", statements), path
        for where in re.findall(r"FROM register\b[^;]*? WHERE (.{0,120})", statements):
            assert not re.match(r"(lower\()?name\b", where, re.I), (path, where)


def test_no_command_searches():
    table = (ROOT / "gateway/admin/commands.c").read_text()
    verbs = re.findall(r'^\t\{"([a-z]+)", +"([a-z-]+)"', table, re.M)
    assert ("person", "apply") in verbs
    assert not [verb for verb in verbs if SEARCHING & set(verb[1].split("-"))]
    assert {verb for noun, verb in verbs if noun == "person" and "list" in verb} <= {
        "list", "list-credentials", "list-links"}


@pytest.mark.parametrize("is_demo", [True, False])
def test_people_are_listed_in_a_demo_alone(gateway, is_demo):
    done = subprocess.run(
        [programs() / "dvara", "person", "list", "--config", gateway.config, "--json"],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **gateway.environment(), "DVARA_GATEWAY_DEMO": "yes" if is_demo else "no"})
    assert done.returncode == (0 if is_demo else 1), done.stderr
    assert ("sophea" in done.stdout) == is_demo

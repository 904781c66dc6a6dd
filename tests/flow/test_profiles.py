# SPDX-License-Identifier: Apache-2.0
"""PROFILES.md and the tests agree: every test it names is there, every test of a module is named."""

import pathlib
import re

HERE = pathlib.Path(__file__).parent
ROW = re.compile(r"^\| `([\w.-]+)` \| ([a-z ]+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"^`(test_\w+\.py)::(test_\w+)`$")
WITH_TEST, WITHOUT = {"mirrored", "refused", "in part"}, {"not applicable", "missing"}


def plans():
    """(name of the plan, what it says of its size, rows)."""
    for part in (HERE / "PROFILES.md").read_text().split("\n## ")[1:]:
        yield part.split("\n")[0], int(re.search(r"(\d+) modules", part)[1]), ROW.findall(part)


def functions_of(name):
    return set(re.findall(r"^def (test_\w+)", (HERE / name).read_text(), re.MULTILINE))


def test_every_plan_is_whole():
    sizes = {name: size for name, size, rows in plans() if len(rows) == size}
    assert sizes["oidcc-basic-certification-test-plan"] == 38
    assert sizes["oidcc-dynamic-certification-test-plan"] == 23
    assert sizes["fapi2-message-signing-final-test-plan"] == 78
    assert len(sizes) == len(list(plans())) == 9


def test_every_test_named_is_there():
    for plan, _, rows in plans():
        assert len({module for module, _, _ in rows}) == len(rows), plan
        for module, state, what in rows:
            named = TEST.match(what)
            assert state in (WITH_TEST if named else WITHOUT), (plan, module)
            assert not named or named[2] in functions_of(named[1]), (plan, module)


def test_every_test_of_a_module_is_named():
    text = (HERE / "PROFILES.md").read_text()
    for path in HERE.glob("test_*.py"):
        for name in functions_of(path.name):
            if re.match(r"test_oidcc_(?!3rd_party|registration_and_a)", name):
                assert f"`{path.name}::{name}`" in text or path.name == "test_register.py", name

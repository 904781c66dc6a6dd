#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The YAML cases of sd-jwt-python as JSON, in the words of sd-jwt-js: an array of {name, claims,
disclosureFrame, presentationFrames, presentedClaims}.  Ends with 77 where PyYAML is missing."""

import json
import pathlib
import sys

try:
    import yaml
except ImportError:
    sys.exit(77)


class Sd:
    """A claim, a name or an element marked !sd."""

    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        return isinstance(other, Sd) and other.value == self.value


def sd_read(loader, node):
    if isinstance(node, yaml.MappingNode):
        return Sd(loader.construct_mapping(node, deep=True))
    if isinstance(node, yaml.SequenceNode):
        return Sd(loader.construct_sequence(node, deep=True))
    # The tag replaced the plain one, by which a number or null would be known.
    tag = loader.resolve(yaml.ScalarNode, node.value, (node.style is None, node.style is not None))
    return Sd(loader.construct_object(yaml.ScalarNode(tag, node.value), deep=True))


yaml.SafeLoader.add_constructor("!sd", sd_read)


def members(value):
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def plain(value):
    if isinstance(value, Sd):
        return plain(value.value)
    if isinstance(value, dict):
        return {plain(name): plain(member) for name, member in value.items()}
    return [plain(element) for element in value] if isinstance(value, list) else value


def frame(value):
    """What is disclosable, as sd-jwt-js writes it."""
    value = value.value if isinstance(value, Sd) else value
    result, hidden = {}, []
    for name, member in members(value):
        if isinstance(name, Sd) or (isinstance(value, list) and isinstance(member, Sd)):
            hidden.append(plain(name))
        below = frame(member)
        if below:
            result[str(plain(name))] = below
    if hidden:
        result["_sd"] = hidden
    return result


def chosen(value):
    """What the holder discloses: true, or what is chosen below."""
    if isinstance(value, (dict, list)):
        return {str(name): chosen(member) for name, member in members(value) if member}
    return bool(value)


cases = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("*/specification.yml")):
    case = yaml.safe_load(path.read_text())
    cases.append(
        {
            "name": path.parent.name,
            "claims": plain(case["user_claims"]),
            "disclosureFrame": frame(case["user_claims"]),
            "presentationFrames": chosen(case["holder_disclosed_claims"]),
            "presentedClaims": case["expect_verified_user_claims"],
        }
    )
json.dump(cases, sys.stdout, default=str)

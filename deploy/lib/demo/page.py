# SPDX-License-Identifier: Apache-2.0
"""A page of the gateway as a program sees it: what stands under the ids that do not change
(CONTRACT: chooser, wallet, consent, error), and its forms."""
from html.parser import HTMLParser

EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
FORM_PARTS = {"input", "button"}


class Element:
    def __init__(self, tag, attributes):
        self.tag, self.attributes = tag, dict(attributes)
        self.texts, self.parts = [], []

    def __getitem__(self, name):
        return self.attributes[name]

    def get(self, name):
        return self.attributes.get(name)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())

    def inputs(self, name):
        """Of a form, in order."""
        return [part for part in self.parts if part.get("name") == name]

    def hidden(self):
        return {part["name"]: part.get("value") or "" for part in self.parts
                if part.get("type") == "hidden"}


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.by_id, self.by_tag, self._open = {}, {}, []
        self.feed(html)
        self.close()

    def find(self, id_):
        return self.by_id.get(id_)

    def first(self, tag):
        return self.by_tag.get(tag, [None])[0]

    def all(self, tag):
        return self.by_tag.get(tag, [])

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs)
        self.by_tag.setdefault(tag, []).append(element)
        if element.get("id"):
            self.by_id.setdefault(element["id"], element)
        if tag in FORM_PARTS:
            form = next((one for one in reversed(self._open) if one.tag == "form"), None)
            if form:
                form.parts.append(element)
        if tag not in EMPTY:
            self._open.append(element)

    def handle_endtag(self, tag):
        if any(one.tag == tag for one in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data):
        for element in self._open:
            element.texts.append(data)

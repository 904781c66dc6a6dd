# SPDX-License-Identifier: Apache-2.0
"""A browser without script: cookies, links, forms.  It follows no redirect by itself, so that a
test sees every one."""

import html.parser
import urllib.parse

import requests

STEPS_MAX = 12


class Form:
    def __init__(self, attributes):
        self.id = attributes.get("id")
        self.action = attributes.get("action", "")
        self.fields = []      # (name, value) that are sent in any case
        self.checkboxes = {}  # name=value of a box -> (is ticked, is disabled)
        self.options = {}     # name of a select -> values

    def boxes(self, name="claim"):
        return {value: state for (box, value), state in self.checkboxes.items() if box == name}


class Page(html.parser.HTMLParser):
    """The forms and links of a page, and its elements by id."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self.ids = [], [], {}
        self.form = self.select = self.in_id = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if "id" in attributes:
            self.ids[attributes["id"]] = attributes
            self.in_id = attributes
        if tag == "a":
            self.links.append(attributes.get("href"))
        elif tag == "form":
            self.form = Form(attributes)
            self.forms.append(self.form)
        elif self.form is not None:
            self.control(tag, attributes)

    def control(self, tag, attributes):
        name = attributes.get("name")
        if tag == "select":
            self.select = name
            self.form.options[name] = []
        elif tag == "option":
            self.form.options[self.select].append(attributes.get("value"))
        elif tag == "input" and attributes.get("type") == "checkbox":
            self.form.checkboxes[name, attributes["value"]] = (
                "checked" in attributes, "disabled" in attributes)
        elif tag == "input" and name:
            self.form.fields.append((name, attributes.get("value", "")))

    def handle_data(self, data):
        if self.in_id is not None:
            self.in_id.setdefault("text", data)

    def handle_endtag(self, tag):
        self.in_id = None
        if tag == "form":
            self.form = None

    def form_of(self, name):
        return next((form for form in self.forms if form.id == name), None)


class Browser:
    def __init__(self, gateway):
        self.gateway = gateway
        self.http = requests.Session()
        self.http.headers["User-Agent"] = "flow"

    def get(self, url, **more):
        return self.http.get(
            urllib.parse.urljoin(self.gateway.url, url), allow_redirects=False, timeout=20, **more)

    def post(self, url, fields, **headers):
        """As our own page posts; headers given replace or (None) remove."""
        sent = {"Origin": self.gateway.url, "Sec-Fetch-Site": "same-origin"}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.http.post(
            urllib.parse.urljoin(self.gateway.url, url), data=fields, allow_redirects=False,
            timeout=20, headers={name: value for name, value in sent.items() if value is not None})

    def cookie(self, name):
        return self.http.cookies.get(name)

    def walk(self, answer, persona="sophea", allow=True, claims=()):
        """From an answer of /authorize on, through login and consent, to the redirect that leaves
        the gateway; or to the first page that is neither."""
        for _ in range(STEPS_MAX):
            if answer.status_code == 303:
                target = urllib.parse.urljoin(answer.url, answer.headers["Location"])
                if not target.startswith(self.gateway.url + "/"):
                    return answer
                answer = self.get(target)
                continue
            if "Refresh" in answer.headers:
                answer = self.get(answer.headers["Refresh"].partition("url=")[2])
                continue
            page = Page(answer.text)
            if page.form_of("login-test") is not None:
                answer = self.sign_in(page, persona)
            elif page.form_of("consent") is not None:
                answer = self.decide(page, allow, claims)
            else:
                return answer
        raise AssertionError("the way does not end")

    def sign_in(self, page, persona):
        form = page.form_of("login-test")
        return self.post(form.action, form.fields + [("persona", persona)])

    def decide(self, page, allow, claims):
        form = page.form_of("consent")
        boxes = [("claim", name) for name, (_, is_disabled) in form.boxes().items()
                 if not is_disabled and (claims == "all" or name in claims)]
        return self.post(
            form.action, form.fields + boxes + [("decision", "allow" if allow else "deny")])

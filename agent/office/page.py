"""What every page has around it: title, who is signed in, and nothing that a policy forbids."""

from __future__ import annotations

from agent.office.pins import ROLES, Role
from agent.office.sessions import Session
from agent.report import charts
from agent.report.markup import Markup, joined, tag

HEAD = Markup(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="stylesheet" href="/office.css"><link rel="icon" href="/icon.svg">'
)
SCRIPT = Markup('<script src="/office.js" defer></script>')
HOMES: dict[Role, str] = {"staff": "/today", "manager": "/today", "installer": "/installer"}
ROLE_WORDS: dict[Role, str] = {
    "staff": "At the till",
    "manager": "Manager",
    "installer": "Installer",
}


def write(body: Markup, *, place: str, title: str, session: Session, every_s: float = 10.0) -> str:
    """Return a whole page for who is signed in; the script looks for news `every_s`."""
    notice = session.take_notice()
    told = [tag("p", notice, class_="notice", role="status")] if notice else []
    lost = tag("p", "No connection to the kiosk: what stands here is old.", id="lost", hidden="")
    main = tag("main", lost, *told, body)
    head = tag("head", HEAD, tag("title", f"{title} · {place}"), SCRIPT)
    page = tag("body", charts.patterns(), _bar(place, session), main, data_every=every_s)
    return _document(head, page)


def _document(head: Markup, body: Markup) -> str:
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _bar(place: str, session: Session) -> Markup:
    leave = form("/sign-out", session, tag("button", "Sign out", class_="quiet"))
    who = tag("span", ROLE_WORDS[session.role], class_="soft")
    return tag("header", tag("b", place), who, leave)


def form(action: str, session: Session, *children: Markup, **attributes: object) -> Markup:
    """Return a form that this session's browser may send."""
    token = hidden("token", session.form_token)
    return tag("form", token, *children, method="post", action=action, **attributes)


def hidden(name: str, value: str) -> Markup:
    """Return a field that nobody sees."""
    return void("input", type="hidden", name_=name, value=value)


def void(name: str, **attributes: object) -> Markup:
    """Return an element that holds nothing and is not closed."""
    return Markup(tag(name, **attributes).removesuffix(f"</{name}>"))


def section(name: str, heading: str, *children: Markup) -> Markup:
    """Return a part of a page that the script renews in place."""
    return tag("section", tag("h2", heading), *children, id=name, data_live="")


def sign_in(*, trouble: str = "") -> str:
    """Return the page before all others. It does not say where it stands."""
    choices = [_role(role) for role in ROLES]
    told = [tag("p", trouble, class_="notice", role="alert")] if trouble else []
    who = tag("fieldset", tag("legend", "Who are you?"), *choices)
    pin = void(
        "input", id="pin", name_="pin", type="password", inputmode="numeric", pattern="[0-9]{4,12}",
        maxlength=12, required="", autocomplete="off",
    )  # fmt: skip
    fields = joined(who, tag("label", "PIN", for_="pin"), pin, tag("button", "Sign in"))
    body = tag("form", fields, method="post", action="/sign-in", class_="card door")
    main = tag("main", tag("h1", "Smilepost"), *told, body)
    return _document(tag("head", HEAD, tag("title", "Sign in · Smilepost")), tag("body", main))


def _role(role: Role) -> Markup:
    chosen: dict[str, object] = {"required": ""}
    field = void("input", type="radio", name_="role", value=role, id=f"role-{role}", **chosen)
    return tag("div", field, tag("label", ROLE_WORDS[role], for_=f"role-{role}"), class_="choice")


def refusal(title: str, text: str) -> str:
    """Return a page for who is signed in and asked for what is not there, or not theirs."""
    link = tag("p", tag("a", "Back to the beginning", href="/"))
    main = tag("main", tag("h1", title), tag("p", text), link)
    return _document(tag("head", HEAD, tag("title", f"{title} · Smilepost")), tag("body", main))

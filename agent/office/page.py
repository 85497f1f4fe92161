"""What every page has around it: title, who is signed in, and nothing that a policy forbids."""

from __future__ import annotations

from agent.office.pins import ROLES, Role
from agent.office.sessions import Session
from agent.office.words import Words
from agent.report.drawing import patterns
from agent.report.markup import Markup, joined, tag

HEAD = Markup(
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="stylesheet" href="/office.css"><link rel="icon" href="/icon.svg">'
)
SCRIPT = Markup('<script src="/office.js" defer></script>')
HOMES: dict[Role, str] = {"staff": "/today", "manager": "/today", "installer": "/installer"}


def write(
    body: Markup, *, place: str, title: str, session: Session, words: Words, every_s: float = 10.0
) -> str:
    """Return a whole page for who is signed in; the script looks for news `every_s`."""
    notice = session.take_notice()
    told = [tag("p", notice, class_="notice", role="status")] if notice else []
    lost = tag("p", words.frame.lost, id="lost", hidden="")
    main = tag("main", lost, *told, body)
    head = tag("head", HEAD, tag("title", f"{title} · {place}"), SCRIPT)
    bar = _bar(place, session, words)
    page = tag("body", patterns(), bar, main, data_every=every_s)
    return _document(head, page, words)


def _document(head: Markup, body: Markup, words: Words) -> str:
    page = tag("html", head, body, lang=words.code, dir=words.direction)
    return f"<!DOCTYPE html>\n{page}\n"


def _bar(place: str, session: Session, words: Words) -> Markup:
    leave = form("/sign-out", session, tag("button", words.frame.sign_out, class_="quiet"))
    who = tag("span", words.frame.roles[session.role], class_="soft")
    parts = [tag("span", part) for part in place.split(" · ")]
    where = joined(*(joined(" · ", part) if at else part for at, part in enumerate(parts)))
    return tag("header", tag("b", tag("bdi", where)), who, leave)


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


def pin_field(name: str) -> Markup:
    """Return the field of a PIN, by its id."""
    return void(
        "input", id=name, name_="pin", type="password", inputmode="numeric", dir="ltr",
        pattern="[0-9]{4,12}", maxlength=12, required="", autocomplete="off",
    )  # fmt: skip


def section(name: str, heading: str, *children: Markup) -> Markup:
    """Return a part of a page that the script renews in place."""
    return tag("section", tag("h2", heading), *children, id=name, data_live="")


def sign_in(words: Words, *, trouble: str = "", role: Role | None = None) -> str:
    """Return the page before all others, a `role` chosen. It does not say where it stands."""
    door = words.door
    choices = [_role(each, words, chosen=each == role) for each in ROLES]
    told = [tag("p", trouble, class_="notice", role="alert")] if trouble else []
    who = tag("fieldset", tag("legend", door.who), *choices)
    pin = joined(tag("label", door.pin, for_="pin"), pin_field("pin"))
    fields = joined(who, pin, tag("button", door.enter))
    body = tag("form", fields, method="post", action="/sign-in", class_="card door")
    main = tag("main", tag("h1", "Smilepost"), *told, body, class_="entry")
    head = tag("head", HEAD, tag("title", f"{door.title} · Smilepost"))
    return _document(head, tag("body", main), words)


def _role(role: Role, words: Words, *, chosen: bool) -> Markup:
    more = {"required": "", **({"checked": ""} if chosen else {})}
    field = void("input", type="radio", name_="role", value=role, id=f"role-{role}", **more)
    label = tag("label", words.frame.roles[role], for_=f"role-{role}")
    return tag("div", field, label, class_="choice")


def refusal(title: str, text: str, words: Words) -> str:
    """Return a page for who is signed in and asked for what is not there, or not theirs."""
    link = tag("p", tag("a", words.frame.back, href="/"))
    main = tag("main", tag("h1", title), tag("p", text), link)
    head = tag("head", HEAD, tag("title", f"{title} · Smilepost"))
    return _document(head, tag("body", main), words)

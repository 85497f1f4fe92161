// Renews in place what has changed: the page is fetched again, and its parts are compared.
"use strict";

const lost = document.getElementById("lost");

function inUse(part) {
  const focused = document.activeElement;
  return part.contains(focused) && focused.matches("input, select, button");
}

function counts(part) {
  const keys = part.querySelectorAll("[data-key]");
  return new Map([...keys].map((key) => [key.dataset.key, Number(key.dataset.count)]));
}

function renew(part, fresh) {
  if (!fresh || inUse(part) || "held" in part.dataset) return;
  if (part.innerHTML === fresh.innerHTML) return;
  const before = counts(part);
  part.replaceChildren(...fresh.childNodes);
  for (const key of part.querySelectorAll("[data-key]")) {
    const grown = Number(key.dataset.count) > (before.get(key.dataset.key) ?? 0);
    key.classList.toggle("hit", grown);
  }
}

function place(fresh, part) {
  const found = fresh.getElementById(part.id);
  if (found) return found;
  part.remove();
  return null;
}

async function look() {
  const answer = await fetch(location.pathname, {
    headers: { "X-Smilepost-Live": "1" },
    cache: "no-store",
    redirect: "error",
  });
  if (answer.status === 401) {
    location.reload();
    return;
  }
  if (!answer.ok) throw new Error(`${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.body.dataset.every = fresh.body.dataset.every;
  for (const part of document.querySelectorAll("[data-live]")) renew(part, place(fresh, part));
}

async function keepLooking() {
  if (!document.hidden) {
    try {
      await look();
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  }
  setTimeout(keepLooking, 1000 * Number(document.body.dataset.every));
}

setTimeout(keepLooking, 1000 * Number(document.body.dataset.every));

// Counts a tap at once and tells the kiosk behind it: a hand at work waits for no page.
"use strict";

const form = document.getElementById("tap");
const shown = document.getElementById("taps");
const lostTap = document.getElementById("tap-lost");
const SETTLED_MS = 1500; // a page that was asked for before the tap may still come

let underWay = 0;
let settling;

function hold() {
  underWay += 1;
  shown.dataset.held = "";
  clearTimeout(settling);
}

function letGo() {
  underWay -= 1;
  if (underWay === 0) settling = setTimeout(() => delete shown.dataset.held, SETTLED_MS);
}

async function tell() {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "X-Smilepost-Tap": "1" },
    body: new URLSearchParams(new FormData(form)),
    redirect: "manual",
  });
  if (answer.type !== "opaqueredirect") location.reload();
}

async function tap(event) {
  event.preventDefault();
  const next = Number(shown.textContent) + 1;
  if (next > Number(form.dataset.most)) {
    location.reload();
    return;
  }
  hold();
  shown.textContent = next;
  lostTap.hidden = true;
  navigator.vibrate?.(30);
  try {
    await tell();
  } catch {
    shown.textContent = Number(shown.textContent) - 1;
    lostTap.hidden = false;
  }
  letGo();
}

form.addEventListener("submit", tap);

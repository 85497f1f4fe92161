// Shows what the program tells: a picture with everything drawn on it, and figures beside it.
// The page keeps nothing and computes nothing but places.

import { clear, draw } from "./picture.js";
import { plot } from "./plot.js";

const RETRY_MS = 1000;
const STATES = {
  connecting: ["Connecting", "", ""],
  waiting: ["Starting", "Starting", ""],
  looking: ["Live", "", ""],
  paused: ["Paused", "Paused", "Nothing is looked at."],
  lost: ["No picture", "There is no picture", ""],
  gone: ["Ended", "EmoScope has ended", "Start it again in the terminal; its address changes."],
};
const byId = (id) => document.getElementById(id);
const state = { how: "connecting", facts: null, told: null, socket: null };

function put(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

function lasting(seconds, digits = 1) {
  if (seconds === null) return "-";
  if (seconds < 60) return `${digits ? seconds.toFixed(digits) : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(Math.floor(seconds % 60)).padStart(2, "0")} min`;
}

const percent = (share) => (share === null ? "-" : `${Math.round(100 * share)} %`);

function enter(how, reason = "") {
  state.how = how;
  const [word, title, text] = STATES[how];
  document.body.dataset.state = how;
  put("state", how === "looking" && state.facts?.recording ? "Playing" : word);
  put("veil-title", title);
  put("veil-text", how === "paused" && !state.facts?.recording ? `${text} The camera is closed.` : reason || text);
  if (how !== "looking") rest(how);
  const button = byId("pause");
  button.disabled = how === "gone" || how === "connecting";
  button.setAttribute("aria-pressed", String(how === "paused"));
  put("pause-word", how === "paused" ? "Go on" : "Pause");
}

// Nothing is looked at: a camera's last picture goes, a recording's stays to be looked at.
function rest(how) {
  const stays = how === "paused" && state.facts?.recording;
  byId("veil").hidden = stays;
  put("present", "-");
  put("faces", "nothing is looked at");
  if (stays) return;
  state.told?.bitmap.close();
  state.told = null;
  clear(byId("picture"));
}

function learn(facts) {
  state.facts = facts;
  document.body.dataset.mode = facts.mode;
  document.title = `EmoScope: ${facts.source}`;
  put("source", facts.recording ? `${facts.source} (repeats)` : facts.source);
  const emotion = facts.mode === "emotion";
  for (const item of document.querySelectorAll("[data-only]")) item.hidden = item.dataset.only !== facts.mode;
  put("chart-title", emotion ? "Perceived expression, last 60 seconds" : "Smile level, last 60 seconds");
  byId("models").replaceChildren(
    ...facts.models.map((model) => {
      const item = document.createElement("li");
      item.textContent = model.id;
      item.title = `${model.role}, SHA-256 ${model.sha256}`;
      return item;
    }),
  );
}

function inView(told) {
  const far = told.faces.filter((face) => face.standing === "far").length;
  const arriving = told.faces.filter((face) => face.standing === "arriving").length;
  const parts = [];
  if (arriving) parts.push(`${arriving} arriving`);
  if (far) parts.push(`${far} too far`);
  return parts.join(", ") || (told.present ? "near and staying" : "nobody");
}

function showFigures(told) {
  put("present", String(told.present));
  put("faces", inView(told));
  put("contacts", String(told.contacts));
  put("passed", `in ${lasting(told.passed_s, 0)}`);
  put("dwell", lasting(told.dwell_median_s));
  put("smiling", percent(told.smiling_share));
  put("ms", told.cost.cpu_ms_per_frame.toFixed(1));
  put("fps", told.cost.frames_per_s.toFixed(1));
  put("skipped", String(told.cost.skipped));
  put("memory", told.resident_mb.toFixed(0));
  const latest = told.steps.filter((step) => step.expression).at(-1);
  ["positive", "neutral", "negative"].forEach((name, at) => {
    put(`share-${name}`, latest && latest.ago_s < 1 ? percent(latest.expression[at]) : "-");
  });
}

function stayRow() {
  const row = document.createElement("li");
  row.innerHTML =
    '<span class="number"></span><div><p class="words"><span></span><b></b></p>' +
    '<div class="track"><i></i></div></div><span class="dwell"></span>';
  return row;
}

function showStays(told) {
  const list = byId("stays");
  const reads = state.facts?.mode !== "presence";
  while (list.children.length > told.stays.length) list.lastChild.remove();
  while (list.children.length < told.stays.length) list.append(stayRow());
  told.stays.forEach((stay, at) => {
    const row = list.children[at];
    row.className = stay.here ? "there" : "";
    row.querySelector(".number").textContent = stay.number;
    row.querySelector(".words span").textContent = stay.here ? "in view" : "left";
    row.querySelector(".words b").textContent = reads && stay.smile_share !== null ? `smiling ${percent(stay.smile_share)}` : "";
    row.querySelector(".track").hidden = !reads;
    row.querySelector(".track i").style.width = `${100 * (stay.smile_share ?? 0)}%`;
    row.querySelector(".dwell").textContent = lasting(stay.dwell_s);
  });
}

async function show(message) {
  const length = new DataView(message).getUint32(0);
  const told = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(message, 4 + length)], { type: "image/jpeg" }));
  requestAnimationFrame(() => {
    if (state.how !== "looking") return bitmap.close();
    byId("stage").style.setProperty("--ratio", bitmap.height / bitmap.width);
    state.told?.bitmap.close();
    state.told = { ...told, bitmap };
    render();
    return say("next");
  });
}

function render() {
  const told = state.told;
  if (!told || !state.facts) return;
  draw(byId("picture"), told, state.facts);
  showFigures(told);
  showStays(told);
  plot(byId("plot"), told.steps, state.facts.mode);
}

function say(word) {
  if (state.socket?.readyState === WebSocket.OPEN) state.socket.send(word);
}

function hear(event) {
  if (event.data instanceof ArrayBuffer) return show(event.data);
  const told = JSON.parse(event.data);
  if (told.facts) learn(told.facts);
  if (told.state) enter(told.state, told.reason);
  if (told.state === "looking") say("next");
  return undefined;
}

function connect() {
  const socket = new WebSocket(new URL("live", location.href.replace(/^http/, "ws")));
  socket.binaryType = "arraybuffer";
  socket.onopen = () => say("next");
  socket.onmessage = hear;
  socket.onclose = () => {
    enter("gone");
    setTimeout(connect, RETRY_MS);
  };
  state.socket = socket;
}

function togglePause() {
  say(state.how === "paused" ? "resume" : "pause");
}

byId("pause").addEventListener("click", togglePause);
addEventListener("keydown", (event) => {
  const held = event.repeat || event.ctrlKey || event.metaKey || event.altKey;
  if (event.key !== " " || held || event.target.closest("button, a")) return;
  event.preventDefault();
  togglePause();
});
new ResizeObserver(render).observe(byId("stage"));
enter("connecting");
connect();

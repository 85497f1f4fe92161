// Presses go to the mock pins as long as a finger is down; the lights come back.

const COLOURS = ["#d73027", "#fc8d59", "#fee090", "#91bfdb", "#4575b4"];
const SPREAD = { 2: [0, 4], 3: [0, 2, 4], 4: [0, 1, 3, 4], 5: [0, 1, 2, 3, 4] };

const panel = document.getElementById("panel");
const state = document.getElementById("state");
let socket;

function send(what, key) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ do: what, key }));
}

function makeButton(key, colour) {
  const button = document.createElement("button");
  const cap = document.createElement("span");
  cap.className = "cap";
  button.style.setProperty("--colour", colour);
  button.append(cap, key.replaceAll("_", " "));
  let down = false;
  const set = (pressed) => {
    if (pressed === down) return;
    down = pressed;
    button.classList.toggle("down", down);
    send(down ? "press" : "release", key);
  };
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) {
    button.addEventListener(end, () => set(false));
  }
  button.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") set(true);
  });
  button.addEventListener("keyup", () => set(false));
  return button;
}

function show(message) {
  if (message.keys && panel.childElementCount === 0) {
    const colours = (SPREAD[message.keys.length] ?? []).map((index) => COLOURS[index]);
    panel.append(...message.keys.map((key, index) => makeButton(key, colours[index])));
  }
  panel.classList.toggle("lit", message.lit);
  panel.classList.toggle("deaf", !message.listening);
  state.textContent = message.listening ? "" : "the kiosk is starting";
}

function connect() {
  socket = new WebSocket(`ws://${location.host}/ws`);
  socket.addEventListener("message", (event) => show(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    state.textContent = "the demo is not running";
    setTimeout(connect, 1000);
  });
}

connect();

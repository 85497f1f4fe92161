// The one WebSocket to the kiosk: says hello, reconnects with a growing, jittered wait.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;
const REPLACED = 4001;

// A reload keeps the identity, so the kiosk hands the visit back to the same page.
function pageId() {
  const known = sessionStorage.getItem("page");
  const id = known ?? crypto.randomUUID();
  sessionStorage.setItem("page", id);
  return id;
}

export function connect({ onMessage, onLink }) {
  let socket = null;
  let wait_ms = FIRST_WAIT_MS;

  function send(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function retry(event) {
    onLink(false);
    if (event.code === REPLACED) return;
    setTimeout(open, wait_ms * (0.5 + Math.random() / 2));
    wait_ms = Math.min(wait_ms * 2, LONGEST_WAIT_MS);
  }

  function open() {
    socket = new WebSocket(`ws://${location.host}/ws`);
    socket.onopen = () => {
      wait_ms = FIRST_WAIT_MS;
      onLink(true);
      send({ type: "hello", page: pageId() });
    };
    socket.onmessage = (event) => onMessage(JSON.parse(event.data));
    socket.onclose = retry;
  }

  open();
  return send;
}

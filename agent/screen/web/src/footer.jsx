// The camera's notice, the logo, asking for someone, large text, and the languages by their names.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.jsx";
import { channelOf } from "./kiosk.js";

const IN_A_ROW = 4; // more languages than these open from one key
const BESIDE_ONE = 3; // so many on a narrow display beside another key, where the notice needs the room
const BESIDE_TWO = 1; // beside the keys that call staff and that close the camera
const LONG = 150; // characters of a notice that needs smaller letters
const narrow = matchMedia("(max-width: 1000px)");

function Language({ code, name, view, speak }) {
  return (
    <button
      type="button"
      lang={code}
      data-language={code}
      aria-pressed={code === view.language}
      disabled={!view.owner}
      onClick={() => speak(code)}
    >
      {name}
    </button>
  );
}

function Sheet({ view, speak, close }) {
  const dialog = useRef(null);
  useLayoutEffect(() => {
    dialog.current.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="sheet" aria-label={view.language_label} onClose={close} onClick={close}>
      <div class="choices">
        {view.languages.map((each) => <Language key={each.code} {...each} {...{ view, speak }} />)}
      </div>
    </dialog>
  );
}

function roomFor({ help, no_camera }) {
  if (help && no_camera) return BESIDE_TWO;
  return (help || no_camera) && narrow.matches ? BESIDE_ONE : IN_A_ROW;
}

function Languages({ view, send }) {
  const [open, setOpen] = useState(false);
  const speak = (code) => {
    setOpen(false);
    send({ type: "language", revision: view.revision, code });
  };
  useEffect(() => setOpen(false), [view.screen]);
  if (view.languages.length < 2) return null;
  if (view.languages.length <= roomFor(view)) {
    return (
      <nav class="languages" aria-label={view.language_label}>
        {view.languages.map((each) => <Language key={each.code} {...each} {...{ view, speak }} />)}
      </nav>
    );
  }
  const own = view.languages.find(({ code }) => code === view.language)?.name;
  return (
    <nav class="languages" aria-label={view.language_label}>
      <button type="button" class="all" aria-haspopup="dialog" aria-label={`${view.language_label}: ${own}`} disabled={!view.owner} onClick={() => setOpen(true)}>
        <Icon name="globe" kind="globe" />
        <span>{own}</span>
      </button>
      {open && <Sheet {...{ view, speak }} close={() => setOpen(false)} />}
    </nav>
  );
}

function Help({ view, send }) {
  if (!view.help) return null;
  const call = (event) => send({ type: "help", revision: view.revision, channel: channelOf(event) });
  return (
    <button type="button" class="help" aria-label={view.help} disabled={!view.owner} onClick={call}>
      <Icon name="bell" kind="bell" />
      <span aria-hidden="true">{view.help}</span>
    </button>
  );
}

// Closes the camera for a while; touched again, for a while from then on.
function NoCamera({ view, send }) {
  if (!view.no_camera) return null;
  return (
    <button type="button" class="no-camera" disabled={!view.owner} onClick={() => send({ type: "no_camera" })}>
      <Icon name="camera_off" kind="sign" />
      <span>{view.no_camera}</span>
    </button>
  );
}

// How long the camera stays closed, as a ring that empties around the seconds.
function Countdown({ off }) {
  const [left_ms, setLeft] = useState(off.left_ms);
  useEffect(() => {
    const until_ms = performance.now() + off.left_ms;
    const count = () => setLeft(Math.max(0, until_ms - performance.now()));
    count();
    const timer = setInterval(count, 250);
    return () => clearInterval(timer);
  }, [off]);
  return (
    <span class="countdown" style={{ "--left": left_ms / off.span_ms }} aria-hidden="true">
      {Math.ceil(left_ms / 1000)}
    </span>
  );
}

function Notice({ view }) {
  const off = view.camera_off;
  return (
    <p class={off ? "notice off" : "notice"} data-long={view.camera?.length > LONG || undefined}>
      {off && <Countdown off={off} />}
      {off && <span role="status">{off.text}</span>}
      {view.camera && <Icon name="camera" kind="sign" />}
      {view.camera && <span>{view.camera}</span>}
    </p>
  );
}

export function Footer({ view, send, comfort, setComfort }) {
  return (
    <footer>
      <Notice view={view} />
      <NoCamera view={view} send={send} />
      {view.look?.logo && <img class="logo" src="/logo" alt="" />}
      <Help view={view} send={send} />
      {view.comfort_label && view.languages.length > 0 && (
        <button type="button" class="comfort" aria-label={view.comfort_label} aria-pressed={comfort} onClick={() => setComfort(!comfort)}>
          <span aria-hidden="true">Aa</span>
        </button>
      )}
      <Languages view={view} send={send} />
    </footer>
  );
}

// The customer's page: renders the kiosk's view, sends what was chosen, and knows nothing else.

import { render } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Face } from "./faces.jsx";
import { Icon } from "./icons.jsx";
import { connect } from "./link.js";

const PICKED_MS = 800; // a choice that changes nothing lets go of its key after this
const GONE_MS = 400; // a link that is back sooner is not worth a word
const LONG_LABEL = 26; // longer words than these are set smaller
const ASKING = ["attract", "question"];

function useKiosk() {
  const [view, setView] = useState(null);
  const [gone, setGone] = useState(false);
  const [refusals, setRefusals] = useState(0);
  const send = useRef(() => {});
  useEffect(() => {
    let timer = 0;
    const onLink = (up) => {
      clearTimeout(timer);
      if (!up) timer = setTimeout(() => setGone(true), GONE_MS);
    };
    const onView = (message) => {
      setGone(false); // only now: what was shown before the link was lost may be over
      setView(message);
    };
    const onMessage = (message) =>
      message.type === "view" ? onView(message) : setRefusals((count) => count + 1);
    send.current = connect({ onMessage, onLink });
  }, []);
  return { view, gone, refusals, send: (message) => send.current(message) };
}

// Two frames after the commit the view is on the glass.
function usePainted(view, send) {
  useLayoutEffect(() => {
    if (!view) return;
    document.documentElement.lang = view.language;
    document.documentElement.style.setProperty("--mm", `${view.px_per_mm}px`);
    requestAnimationFrame(() =>
      requestAnimationFrame(() => send({ type: "painted", revision: view.revision })),
    );
  }, [view]);
}

// What was touched stays pressed until the kiosk answers, the same way for every answer.
function usePicked(view, refusals) {
  const [picked, setPicked] = useState(null);
  useEffect(() => setPicked(null), [view?.revision, refusals]);
  useEffect(() => {
    if (picked === null) return;
    const timer = setTimeout(() => setPicked(null), PICKED_MS);
    return () => clearTimeout(timer);
  }, [picked]);
  return [picked, setPicked];
}

function keyChoice(event, view) {
  if (event.key === "Escape") return view.skip ? "skip" : null;
  const position = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (!position || !ASKING.includes(view.screen)) return null;
  return view.options[position - 1]?.id ?? null;
}

function useKeyboard(view, choose) {
  useEffect(() => {
    const onKey = (event) => {
      if (!view || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      const option = keyChoice(event, view);
      if (option) choose(option, "keyboard");
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}

// A click that no pointer made (detail 0) came from Enter or Space.
const channelOf = (event) => (event.detail === 0 ? "keyboard" : "touch");

function Key({ option, picked, choose, owner }) {
  return (
    <button
      type="button"
      class={`key ${option.face ? "answer" : "reason"}`}
      data-option={option.id}
      data-picked={picked === option.id || undefined}
      data-long={option.label.length > LONG_LABEL || undefined}
      disabled={!owner}
      onClick={(event) => choose(option.id, channelOf(event))}
    >
      {option.face ? <Face rank={option.face} /> : <Icon name={option.icon} />}
      <span class="label">{option.label}</span>
    </button>
  );
}

function Skip({ view, picked, choose }) {
  return (
    <button
      type="button"
      class="skip"
      data-option="skip"
      data-picked={picked === "skip" || undefined}
      disabled={!view.owner}
      onClick={(event) => choose("skip", channelOf(event))}
    >
      {view.skip}
    </button>
  );
}

function Languages({ view, send }) {
  if (view.languages.length < 2) return null;
  return (
    <nav class="languages" aria-label={view.language_label}>
      {view.languages.map(({ code, name }) => (
        <button
          type="button"
          key={code}
          lang={code}
          data-language={code}
          aria-pressed={code === view.language}
          disabled={!view.owner}
          onClick={() => send({ type: "language", revision: view.revision, code })}
        >
          {name}
        </button>
      ))}
    </nav>
  );
}

function Footer({ view, send }) {
  return (
    <footer>
      <p class="notice">
        {view.camera && <Icon name="camera" kind="sign" />}
        {view.camera && <span>{view.camera}</span>}
      </p>
      <Languages view={view} send={send} />
    </footer>
  );
}

function Closing({ view }) {
  if (view.screen !== "reasons" || !view.closes_ms) return null;
  const style = { "--closes": `${view.closes_ms}ms` };
  return <div class="closing" key={view.revision} style={style} aria-hidden="true" />;
}

const EMBLEMS = { thanks: "tick", out_of_order: "pause" };

function Body({ view, picked, choose }) {
  const emblem = EMBLEMS[view.screen];
  if (emblem) return <div class="emblem"><Icon name={emblem} kind={emblem} /></div>;
  return (
    <div class="room">
      <div class="keys" data-count={view.options.length}>
        {view.options.map((option) => (
          <Key key={option.id} {...{ option, picked, choose }} owner={view.owner} />
        ))}
      </div>
    </div>
  );
}

function Screen({ view, send, refusals }) {
  const [picked, setPicked] = usePicked(view, refusals);
  const choose = (option, channel) => {
    if (!view.owner) return;
    setPicked(option);
    send({ type: "choice", revision: view.revision, option, channel });
  };
  useKeyboard(view, choose);
  const group = ASKING.includes(view.screen) ? "ask" : view.screen;
  return (
    <div class={`screen ${group}`} key={group} data-revision={view.revision} data-screen={view.screen}>
      <Closing view={view} />
      <main>
        {!view.owner && <p class="mirror">{view.mirror}</p>}
        <header aria-live="polite">
          <h1>{view.title}</h1>
          {view.hint && <p class="hint">{view.hint}</p>}
        </header>
        <Body {...{ view, picked, choose }} />
        {view.skip && <Skip {...{ view, picked, choose }} />}
      </main>
      <Footer view={view} send={send} />
    </div>
  );
}

function Waiting({ words }) {
  return (
    <main class="waiting">
      <div class="dots" aria-hidden="true"><i /><i /><i /></div>
      {words && <h1 aria-live="polite">{words}</h1>}
    </main>
  );
}

function Page() {
  const { view, gone, refusals, send } = useKiosk();
  usePainted(gone ? null : view, send);
  if (!view || gone) return <Waiting words={view?.waiting ?? ""} />;
  return <Screen {...{ view, send, refusals }} />;
}

addEventListener("contextmenu", (event) => event.preventDefault());
addEventListener("dragstart", (event) => event.preventDefault());
render(<Page />, document.body);

// Pictures and videos while nobody is there. The next one is loaded behind the one that is shown.

import { useEffect, useRef, useState } from "preact/hooks";
import { useKeyboard } from "./keys.js";

const LONGEST_S = 3600;

function Medium({ item, front, onEnd, onError }) {
  const media = useRef(null);
  const kind = front ? "front" : "behind";
  const address = `/attract/${item.name}`;
  useEffect(() => {
    if (front && item.kind === "video") media.current.play().catch(() => {});
  }, [front]);
  if (item.kind === "picture") {
    return <img ref={media} class={`medium ${kind}`} src={address} alt="" onError={onError} />;
  }
  return (
    <video
      ref={media}
      class={`medium ${kind}`}
      src={address}
      muted
      playsInline
      preload="auto"
      aria-hidden="true"
      onEnded={front ? onEnd : undefined}
      onError={onError}
    />
  );
}

// Says of each item how long it was on the glass, and whether somebody's coming ended it.
function useReport(turn, item, send) {
  const ended = useRef("presence");
  useEffect(() => {
    const began_ms = performance.now();
    ended.current = "presence";
    return () => {
      const shown_s = Math.min(LONGEST_S, (performance.now() - began_ms) / 1000);
      if (ended.current === "broken") return;
      send({ type: "ad_shown", item: item.name, shown_s, ended: ended.current });
    };
  }, [turn]);
  return ended;
}

export function Show({ view, send, onWake, onDead }) {
  const { items, touch } = view.playlist;
  const [turn, setTurn] = useState(0);
  const [broken, setBroken] = useState([]);
  const at = (number) => items[number % items.length];
  const ended = useReport(turn, at(turn), send);
  const choose = (option, channel) =>
    view.owner && send({ type: "choice", revision: view.revision, option, channel });
  useKeyboard(view, { choose });
  const next = () => {
    ended.current = "finished";
    setTurn((number) => number + 1);
  };
  const note = (name) => setBroken((names) => (names.includes(name) ? names : [...names, name]));
  useEffect(() => {
    if (!broken.includes(at(turn).name)) return;
    const all = items.every(({ name }) => broken.includes(name));
    ended.current = "broken";
    if (all) onDead();
    else setTurn((number) => number + 1);
  }, [turn, broken.length]);
  useEffect(() => {
    const timer = setTimeout(next, at(turn).seconds * 1000);
    return () => clearTimeout(timer);
  }, [turn]);
  return (
    <main class="show" onClick={onWake}>
      <div class="media">
        {[turn, turn + 1].map((number) => (
          <Medium
            key={number}
            item={at(number)}
            front={number === turn}
            onEnd={next}
            onError={() => note(at(number).name)}
          />
        ))}
      </div>
      {!view.owner && <p class="mirror">{view.mirror}</p>}
      <header><h1>{view.title}</h1></header>
      <button type="button" class="key wake" disabled={!view.owner}>{touch}</button>
    </main>
  );
}

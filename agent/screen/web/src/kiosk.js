// What the page knows: the kiosk's view, what was begun on it, and what was touched.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { connect } from "./link.js";

const PICKED_MS = 800; // a choice that changes nothing lets go of its key after this
const GONE_MS = 400; // a link that is back sooner is not worth a word
const ACTIVE_MS = 1000; // signs of life are not sent more often
const VISIT_OVER = ["attract", "question", "thanks", "out_of_order"];
const ANSWERED_SLOWLY = ["scale", "choice", "multiple", "text", "contact"];

// A click that no pointer made (detail 0) came from Enter or Space.
export const channelOf = (event) => (event.detail === 0 ? "keyboard" : "touch");

export function useKiosk() {
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
export function usePainted(view, send) {
  useLayoutEffect(() => {
    if (!view) return;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => send({ type: "painted", revision: view.revision, preview: Boolean(view.preview) })),
    );
  }, [view]);
}

// What was touched stays pressed until the kiosk answers, the same way for every answer.
export function usePicked(view, refusals) {
  const [picked, setPicked] = useState(null);
  useEffect(() => setPicked(null), [view?.revision, refusals]);
  useEffect(() => {
    if (picked === null) return;
    const timer = setTimeout(() => setPicked(null), PICKED_MS);
    return () => clearTimeout(timer);
  }, [picked]);
  return [picked, setPicked];
}

// What was begun is kept by its question while the visit goes on, and nowhere but in this page:
// another language or the warning before the screen closes must not cost anybody their words.
export function useDraft(view) {
  const [drafts, setDrafts] = useState({});
  const kept = useRef(drafts);
  const over = !view?.owner || VISIT_OVER.includes(view.screen);
  const put = (all) => {
    kept.current = all;
    setDrafts(all);
  };
  useLayoutEffect(() => {
    if (over) put({});
  }, [over]);
  // A second tap may come before the first one is drawn: what is drawn is never what is changed.
  const newest = () => kept.current[view.topic] ?? {};
  const keep = (change) => {
    const part = typeof change === "function" ? change(newest()) : change;
    put({ ...kept.current, [view.topic]: { ...newest(), ...part } });
  };
  return [over ? {} : (drafts[view.topic] ?? {}), keep, newest];
}

export function useSignsOfLife(view, send) {
  const last_ms = useRef(-Infinity);
  useEffect(() => {
    if (!view?.owner || !ANSWERED_SLOWLY.includes(view.screen)) return;
    const tell = () => {
      if (performance.now() - last_ms.current < ACTIVE_MS) return;
      last_ms.current = performance.now();
      send({ type: "active", revision: view.revision });
    };
    addEventListener("pointerdown", tell, true);
    addEventListener("keydown", tell, true);
    return () => {
      removeEventListener("pointerdown", tell, true);
      removeEventListener("keydown", tell, true);
    };
  }, [view?.revision, view?.owner]);
}

// What the keys of a physical keyboard or keypad mean on each screen.

import { useEffect } from "preact/hooks";

const BY_POSITION = ["attract", "question", "choice", "multiple"];
const TEN = ["Minus", "NumpadAdd"]; // the key right of 0, and the largest of a keypad

function chosen(event, view) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
  if (view.screen === "scale") return onScale(view, TEN.includes(event.code) ? "10" : digit);
  if (!digit || !BY_POSITION.includes(view.screen)) return null;
  return view.options[digit - 1]?.id ?? null;
}

// Where a scale begins at 1, the 0 is the 10, as on a telephone.
function onScale(view, digit) {
  const has = (id) => view.options.some((option) => option.id === id);
  if (digit === "0" && !has("0")) return has("10") ? "10" : null;
  return has(digit) ? digit : null;
}

export function useKeyboard(view, { choose, skip, more }) {
  useEffect(() => {
    const onKey = (event) => {
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      if (document.querySelector("dialog[open]")) return;
      if (view.screen === "still_there" && !["Enter", " "].includes(event.key)) return more("keyboard");
      if (event.key === "Escape") return view.skip && skip("keyboard");
      const option = chosen(event, view);
      if (option !== null) choose(option, "keyboard");
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}

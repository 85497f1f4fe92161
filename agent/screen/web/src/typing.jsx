// The on-screen keyboard under a field. Its code is loaded when the first such screen opens.

import { useEffect, useRef, useState } from "preact/hooks";

export function Typing({ writing, kind, field, onText }) {
  const place = useRef(null);
  const opened = useRef(null);
  const [language, setLanguage] = useState(null);
  const shown = language ?? writing.keyboards[0];
  const options = { writing, kind, language: shown, setLanguage, type: (text) => type(field.current, text, onText) };
  useEffect(() => {
    let closed = false;
    import("./keyboard.js").then(({ openKeyboard }) => {
      if (!closed) opened.current = openKeyboard(place.current, options);
    });
    return () => {
      closed = true;
      opened.current?.destroy();
    };
  }, []);
  useEffect(() => setLanguage(null), [writing.keyboards[0]]);
  useEffect(() => opened.current?.set(options));
  return <div class="keyboard" dir="ltr" data-kind={kind} ref={place} />;
}

// null deletes what is before the caret: one character as people see them, accents included.
function type(field, text, onText) {
  if (!field) return;
  const end = field.selectionEnd ?? field.value.length;
  let start = field.selectionStart ?? end;
  if (text === null && start === end) start -= lastCharacter(field.value.slice(0, end)).length;
  const room = field.maxLength - field.value.length + (end - start);
  field.setRangeText((text ?? "").slice(0, Math.max(0, room)), start, end, "end");
  field.focus();
  onText(field.value);
}

function lastCharacter(text) {
  return [...new Intl.Segmenter().segment(text)].at(-1)?.segment ?? "";
}

// One paragraph of plain text, as the kiosk reads it.
export function plain(text) {
  return text
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\s]+/gu, " ")
    .trim();
}

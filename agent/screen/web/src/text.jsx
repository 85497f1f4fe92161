// A free text: a field, the keyboard, one key to send it.

import { useLayoutEffect, useRef } from "preact/hooks";
import { plain, Typing } from "./typing.jsx";

const NEARLY_FULL = 50; // what is left is told from here on

export function Text({ view, draft, keep, confirm, leave }) {
  const field = useRef(null);
  const { writing } = view;
  const text = draft.text ?? "";
  const left = writing.most_characters - text.length;
  useLayoutEffect(() => field.current.focus(), []);
  const onKeyDown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (plain(text)) confirm("keyboard");
  };
  return (
    <div class="room">
      <div class="writing">
        <div class="field">
          <textarea
            ref={field}
            dir="auto"
            rows="2"
            inputMode="none"
            autocomplete="off"
            spellcheck={false}
            aria-label={writing.label}
            placeholder={writing.label}
            maxLength={writing.most_characters}
            disabled={!view.owner}
            value={text}
            onInput={(event) => keep({ text: event.currentTarget.value })}
            onKeyDown={onKeyDown}
          />
          {left <= NEARLY_FULL && <output class="left">{left}</output>}
        </div>
        {leave}
        {view.owner && <Typing writing={writing} kind="text" field={field} onText={(value) => keep({ text: value })} />}
      </div>
    </div>
  );
}

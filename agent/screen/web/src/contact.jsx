// How the customer wants to be answered: one way, its field, the consent's tick.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.jsx";
import { Typing } from "./typing.jsx";

const LONGEST = 254;
// Loose on purpose, as in the kiosk: whoever writes an address knows it better than any pattern.
const PATTERNS = {
  phone: /^\+?(?:[ ()./-]*\d){5,18}[ ()./-]*$/,
  email: /^[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+$/,
};

export function wayOf(view, draft) {
  return view.contact.fields.find(({ way }) => way === draft.way) ?? view.contact.fields[0];
}

// What keeps the wish from being sent, in the customer's language; null when nothing does.
export function missing(view, draft) {
  const { way, mistaken } = wayOf(view, draft);
  if (!PATTERNS[way].test((draft[way] ?? "").trim())) return mistaken;
  return draft.agreed ? null : view.contact.consent_missing;
}

function Ways({ view, way, keep }) {
  if (view.contact.fields.length < 2) return null;
  return (
    <div class="ways" role="group" aria-label={view.title}>
      {view.contact.fields.map((field) => (
        <button
          type="button"
          key={field.way}
          class="way"
          aria-pressed={field.way === way}
          disabled={!view.owner}
          onClick={() => keep({ way: field.way, complaint: null })}
        >
          {field.label}
        </button>
      ))}
    </div>
  );
}

function Consent({ view, draft, keep }) {
  return (
    <button
      type="button"
      class="consent"
      role="checkbox"
      aria-checked={Boolean(draft.agreed)}
      disabled={!view.owner}
      onClick={() => keep(({ agreed }) => ({ agreed: !agreed, complaint: null }))}
    >
      <span class="box">{draft.agreed && <Icon name="tick" kind="mark" />}</span>
      <span class="words">{view.contact.consent}</span>
    </button>
  );
}

export function Contact({ view, draft, keep, confirm, leave }) {
  const input = useRef(null);
  const { way, label } = wayOf(view, draft);
  const write = (value) => keep({ [way]: value, complaint: null });
  useLayoutEffect(() => input.current.focus(), [way]);
  return (
    <div class="room">
      <div class="writing contact">
        <Ways {...{ view, way, keep }} />
        <input
          ref={input}
          type="text"
          dir="ltr"
          inputMode="none"
          autocomplete="off"
          spellcheck={false}
          aria-label={label}
          aria-invalid={draft.complaint ? true : undefined}
          placeholder={label}
          maxLength={LONGEST}
          disabled={!view.owner}
          value={draft[way] ?? ""}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && confirm("keyboard")}
        />
        {leave}
        <Consent {...{ view, draft, keep }} />
        {view.owner && <Typing key={way} writing={view.contact.writing} kind={way} field={input} onText={write} />}
      </div>
    </div>
  );
}

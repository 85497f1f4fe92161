// The keys that leave a screen: back, and either skip or, once something is there, confirm.

import { Icon } from "./icons.jsx";
import { channelOf } from "./kiosk.js";

export function Back({ view, send }) {
  if (!view.back) return null;
  const back = (event) => send({ type: "back", revision: view.revision, channel: channelOf(event) });
  return (
    <button type="button" class="back" aria-label={view.back} disabled={!view.owner} onClick={back}>
      <Icon name="back" kind="arrow" />
    </button>
  );
}

export function Leave({ view, ready, skip, confirm, picked }) {
  if (view.confirm && (ready || !view.skip)) {
    return (
      <button
        type="button"
        class="confirm"
        disabled={!view.owner}
        aria-disabled={!ready || undefined}
        onClick={(event) => ready && confirm(channelOf(event))}
      >
        {view.confirm}
      </button>
    );
  }
  if (!view.skip) return null;
  return (
    <button
      type="button"
      class="skip"
      data-option="skip"
      data-picked={picked === "skip" || undefined}
      disabled={!view.owner}
      onClick={(event) => skip(channelOf(event))}
    >
      {view.skip}
    </button>
  );
}

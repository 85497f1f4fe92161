// The warning before a screen closes: one large key.

import { useLayoutEffect, useRef } from "preact/hooks";
import { channelOf } from "./kiosk.js";

export function StillThere({ view, more }) {
  const key = useRef(null);
  useLayoutEffect(() => key.current.focus(), []);
  return (
    <div class="room">
      <button ref={key} type="button" class="key go-on" disabled={!view.owner} onClick={(event) => more(channelOf(event))}>
        {view.confirm}
      </button>
    </div>
  );
}

// Numbers from low to high: uncoloured, in the same order in every language.

import { channelOf } from "./kiosk.js";

export function Scale({ view, picked, choose }) {
  return (
    <div class="room">
      <div class="scale" dir="ltr" data-count={view.options.length} style={{ "--count": view.options.length }}>
        <p class="low" dir="auto">{view.ends?.low}</p>
        <div class="numbers">
          {view.options.map((option) => (
            <button
              type="button"
              key={option.id}
              class="number"
              data-option={option.id}
              data-picked={picked === option.id || undefined}
              data-cursor={view.cursor === option.id || undefined}
              disabled={!view.owner}
              onClick={(event) => choose(option.id, channelOf(event))}
            >
              {option.label}
            </button>
          ))}
        </div>
        <p class="high" dir="auto">{view.ends?.high}</p>
      </div>
    </div>
  );
}

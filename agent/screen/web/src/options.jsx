// Keys to choose from: faces, reasons, single and multiple choice.

import { Face } from "./faces.jsx";
import { Icon } from "./icons.jsx";
import { byHand } from "./hands.jsx";
import { channelOf } from "./kiosk.js";

const LONG_LABEL = 26; // longer words than these are set smaller

function Key({ option, picked, choose, owner, chosen, cursor }) {
  return (
    <button
      type="button"
      class={`key ${option.face ? "answer" : "reason"}`}
      data-option={option.id}
      data-picked={picked === option.id || undefined}
      data-cursor={cursor || undefined}
      data-long={option.label.length > LONG_LABEL || undefined}
      aria-pressed={chosen}
      disabled={!owner}
      onClick={(event) => choose(option.id, channelOf(event))}
    >
      {option.face && <Face rank={option.face} />}
      {option.icon && <Icon name={option.icon} />}
      <span class="label">{option.label}</span>
      {chosen && <Icon name="tick" kind="chosen" />}
    </button>
  );
}

export function Options({ view, picked, choose, chosen }) {
  const faces = view.options.some((option) => option.face);
  const begins = view.options.some(({ id }) => id === "begin");
  return (
    <div class="room">
      <div
        class={begins ? "invitation" : "keys"}
        data-count={view.options.length}
        dir={faces || byHand(view) ? "ltr" : undefined}
      >
        {view.options.map((option) => (
          <Key
            key={option.id}
            {...{ option, picked, choose }}
            owner={view.owner}
            chosen={chosen && chosen.includes(option.id)}
            cursor={view.cursor === option.id}
          />
        ))}
      </div>
    </div>
  );
}

// A further option beyond the most that may be chosen changes nothing.
export function toggled(chosen, option, most) {
  if (chosen.includes(option)) return chosen.filter((each) => each !== option);
  return most !== null && chosen.length >= most ? chosen : [...chosen, option];
}

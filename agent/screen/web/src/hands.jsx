// A display without touch: what lies over each of the physical buttons below it, in their order.

import { Face } from "./faces.jsx";
import { Icon } from "./icons.jsx";

const ARROWS = ["left", "right"]; // they say enough
const DRAWN = { left: "left", confirm: "tick", right: "right", skip: "skip", back: "back" };

export const byHand = (view) => view.buttons?.length > 0;

// Ways out that have no button of their own: the cursor goes there behind the last option.
export function Stops({ view }) {
  const without = (does) => view[does] && !view.buttons.some((use) => use.does === does);
  const stops = ["skip", "back"].filter(without);
  if (!stops.length) return null;
  return (
    <div class="stops" dir="ltr">
      {stops.map((does) => (
        <span key={does} class="stop" data-cursor={view.cursor === does || undefined}>
          <Icon name={DRAWN[does]} kind="deed" />
          <span class="label" dir="auto">{view[does]}</span>
        </span>
      ))}
    </div>
  );
}

// In ems: scripts differ too much for a count of letters, and every millimetre is wanted here.
const pen = document.createElement("canvas").getContext("2d");
function longestWord(labels) {
  pen.font = `600 100px ${getComputedStyle(document.body).fontFamily}`;
  const words = labels.flatMap((label) => label.split(/\s+/));
  return Math.max(3, ...words.map((word) => pen.measureText(word).width / 100));
}

function Over({ use, option }) {
  return (
    <div class="over">
      {option?.face && <Face rank={option.face} />}
      {option?.icon && <Icon name={option.icon} />}
      {DRAWN[use.does] && <Icon name={DRAWN[use.does]} kind="deed" />}
      {use.label && !ARROWS.includes(use.does) && <span class="label" dir="auto">{use.label}</span>}
    </div>
  );
}

export function Hands({ view }) {
  const { buttons, options } = view;
  const direct = buttons.some(({ does }) => does === "choose");
  const same = ["go_on", "begin"].includes(buttons[0].does);
  const longest = (chosen) =>
    longestWord(buttons.filter(({ does }) => chosen === (does === "choose")).map(({ label }) => label));
  const style = { "--count": buttons.length, "--settles": `${view.settles_ms}ms` };
  return (
    <div class="hands" dir="ltr" data-direct={direct || undefined} data-waits={view.settles_ms > 0 || undefined} style={style}>
      {same
        ? <div class="every"><div class="over"><span class="label" dir="auto">{buttons[0].label}</span></div></div>
        : buttons.map((use, place) => (
          <div
            key={place}
            class="use"
            data-does={use.does}
            data-option={use.option ?? undefined}
            style={{ "--longest": longest(use.does === "choose") }}
          >
            {use.does !== "nothing" && <Over use={use} option={options.find(({ id }) => id === use.option)} />}
          </div>
        ))}
      {buttons.map(({ does, face }, place) => (
        <span key={`print-${place}`} class="print" data-does={does} aria-hidden="true">
          <Face rank={face} plain />
          <i />
        </span>
      ))}
    </div>
  );
}

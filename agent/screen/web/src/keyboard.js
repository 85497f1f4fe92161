// The on-screen keyboard itself: the second part of the page, loaded with the first field.

import Keyboard from "simple-keyboard/build/index.modern.js";
import { layoutOf, NAMES } from "./layouts.js";

const SPECIAL = ["shift", "delete", "space", "digits", "letters", "language"];
const FACES = { shift: "⇧", delete: "⌫", space: " ", letters: "ABC", digits: "123" };

function looks({ writing, kind, language }) {
  const several = writing.keyboards.length > 1;
  const names = { ...FACES, language: NAMES[language] ?? language };
  return {
    layout: layoutOf(kind, language, several),
    display: Object.fromEntries(SPECIAL.map((name) => [`{${name}}`, names[name]])),
    buttonAttributes: SPECIAL.map((name) => ({
      attribute: "aria-label",
      value: writing.keys[name],
      buttons: `{${name}}`,
    })),
  };
}

// The longest row of letters sets the width of every key.
function measure(place, layout) {
  const rows = Object.values(layout).flat().filter((row) => !row.includes("{space}"));
  const columns = Math.max(...rows.map((row) => row.split(" ").length));
  place.style.setProperty("--columns", columns);
}

const identity = ({ kind, language, writing }) => [kind, language, writing.keys.space].join(" ");

export function openKeyboard(place, first) {
  let options = first;
  const show = (layoutName) => keyboard.setOptions({ layoutName });

  function next() {
    const { keyboards } = options.writing;
    options.setLanguage(keyboards[(keyboards.indexOf(options.language) + 1) % keyboards.length]);
  }

  function press(button) {
    const layer = keyboard.options.layoutName;
    const actions = {
      "{shift}": () => show(layer === "shift" ? "default" : "shift"),
      "{digits}": () => show("digits"),
      "{letters}": () => show("default"),
      "{language}": next,
      "{delete}": () => options.type(null),
      "{space}": () => options.type(" "),
    };
    if (actions[button]) return actions[button]();
    options.type(button);
    if (layer === "shift" && options.language !== "ar") show("default");
  }

  const keyboard = new Keyboard(place, {
    ...looks(first),
    layoutName: "default",
    onKeyPress: press,
    useButtonTag: true,
    physicalKeyboardHighlight: false,
    disableCaretPositioning: true,
    preventMouseDownDefault: true,
    mergeDisplay: false,
  });
  measure(place, keyboard.options.layout);
  let known = identity(first);
  return {
    set(changed) {
      options = changed;
      const wanted = identity(changed);
      if (wanted === known) return;
      known = wanted;
      keyboard.setOptions({ ...looks(changed), layoutName: "default" });
      measure(place, keyboard.options.layout);
    },
    destroy: () => keyboard.destroy(),
  };
}

// The company's theme, the direction of the text, and one customer's wish for large text.

import { useEffect, useLayoutEffect, useState } from "preact/hooks";

const LARGE = 1.25;
const COLOURS = ["paper", "card", "ink", "accent"];

export function useLook(view) {
  const [comfort, setComfort] = useState(false);
  useEffect(() => {
    if (view?.screen === "attract") setComfort(false); // the wish lasts for one visit
  }, [view?.screen]);
  useLayoutEffect(() => {
    if (view) dress(document.documentElement, view, comfort);
  }, [view, comfort]);
  return [comfort, setComfort];
}

function dress(root, view, comfort) {
  const look = view.look ?? {};
  const large = comfort || look.large_text;
  const contrast = comfort || look.high_contrast;
  root.lang = view.language;
  root.dir = view.direction;
  root.toggleAttribute("data-contrast", Boolean(contrast));
  root.style.setProperty("--mm", `${view.px_per_mm}px`);
  root.style.setProperty("--text", Math.max(look.font_scale ?? 1, large ? LARGE : 0));
  if (look.radius_mm !== undefined) root.style.setProperty("--corner", look.radius_mm);
  for (const name of COLOURS) {
    if (look[name] && !contrast) root.style.setProperty(`--${name}`, look[name]);
    else root.style.removeProperty(`--${name}`);
  }
}

// The last 60 seconds: the smile level as a line, or the three classes stacked; below, who was there.

const WINDOW_S = 60;
const LEFT = 44;
const RIGHT = 6;
const TOP = 8;
const AXIS = 22;
const PRESENCE = 12;
const NAME = "http://www.w3.org/2000/svg";

export function plot(svg, steps, mode) {
  const { width, height } = svg.getBoundingClientRect();
  if (width < 1) return;
  svg.setAttribute("viewBox", `0 0 ${width.toFixed(0)} ${height.toFixed(0)}`);
  const base = height - AXIS - PRESENCE;
  const x = (ago) => LEFT + (1 - Math.min(WINDOW_S, ago) / WINDOW_S) * (width - LEFT - RIGHT);
  const y = (share) => base - share * (base - TOP);
  const drawn = mode === "emotion" ? stacked(steps, x, y) : line(steps, x, y, base);
  svg.replaceChildren(...levels(width, y), ...drawn, ...presence(steps, x, base + 5), ...times(x, width, height));
}

function element(name, attributes, text) {
  const made = document.createElementNS(NAME, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function levels(width, y) {
  return [0, 0.5, 1].flatMap((share) => [
    element("path", { d: `M${LEFT} ${y(share)}H${width - RIGHT}`, class: share ? "grid" : "axis" }),
    element("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, `${100 * share} %`),
  ]);
}

function times(x, width, height) {
  const agos = width < 480 ? [60, 30, 0] : [60, 45, 30, 15, 0];
  return agos.map((ago) => {
    const anchor = ago === 60 ? "start" : ago === 0 ? "end" : "middle";
    return element("text", { x: x(ago), y: height - 5, "text-anchor": anchor }, ago ? `${ago} s ago` : "now");
  });
}

// Stretches in which a face was read: steps that follow one another.
function runs(steps, read) {
  const found = [];
  let last = null;
  for (const step of steps) {
    if (read(step) === null) last = null;
    else {
      if (!last || last.ago_s - step.ago_s > 0.8) found.push([]);
      found.at(-1).push(step);
      last = step;
    }
  }
  return found;
}

function line(steps, x, y, base) {
  return runs(steps, (step) => step.smile).flatMap((run) => {
    const points = run.map((step) => `${x(step.ago_s).toFixed(1)} ${y(step.smile).toFixed(1)}`);
    if (points.length === 1) points.push(points[0]);
    const path = `M${points.join("L")}`;
    const ends = [x(run.at(-1).ago_s), x(run[0].ago_s)].map((end) => end.toFixed(1));
    return [
      element("path", { d: `${path}V${base}H${ends[1]}Z`, class: "area" }),
      element("path", { d: path, class: "line" }),
    ].filter((_, at) => at === 1 || ends[0] !== ends[1]);
  });
}

function stacked(steps, x, y) {
  return runs(steps, (step) => step.expression).flatMap((run) => {
    const floors = run.map(() => 0);
    return ["positive", "neutral", "negative"].map((name, at) => {
      const below = run.map((step, place) => `${x(step.ago_s - 0.25).toFixed(1)} ${y(floors[place]).toFixed(1)}`);
      run.forEach((step, place) => { floors[place] = Math.min(1, floors[place] + step.expression[at]); });
      const above = run.map((step, place) => `${x(step.ago_s - 0.25).toFixed(1)} ${y(floors[place]).toFixed(1)}`);
      return element("path", { d: `M${above.join("L")}L${below.reverse().join("L")}Z`, class: name });
    });
  });
}

function presence(steps, x, top) {
  return runs(steps, (step) => step.present || null).map((run) => {
    const [left, right] = [x(run[0].ago_s + 0.25), x(run.at(-1).ago_s - 0.25)];
    return element("rect", { x: left.toFixed(1), y: top, width: Math.max(2, right - left).toFixed(1), height: 4, rx: 2, class: "here" });
  });
}

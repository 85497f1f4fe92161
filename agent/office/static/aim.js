// The camera's section: its picture while it is shown, and zones drawn on it by finger or number.
"use strict";

(() => {
  const EVERY_MS = 200;
  const LEAST = 0.04; // a rectangle smaller than this in one direction was a slip of the finger
  const REACH_PX = 22; // a handle is 44 px across for a finger
  const SIDES = ["left", "top", "width", "height"];
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const section = () => byId("camera");
  if (!section()) return;

  let words, sights, shown; // what the kiosk says, and the sight that is shown of it
  let rects = []; // {kind: "staff" | "contact", box: [left, top, width, height]}, in shares
  let history = [];
  let chosen = -1;
  let armed = ""; // the kind that the next stroke on the picture draws
  let stroke = null;
  let number = 0;
  let sending = false; // a form: no picture is asked for meanwhile
  let underWay = Promise.resolve();

  // -- what is drawn ------------------------------------------------------------------------

  const bounded = (value, low, high) => Math.min(high, Math.max(low, value));
  const copy = () => rects.map(({ kind, box }) => ({ kind, box: [...box] }));
  const said = (list) => JSON.stringify(zonesOf(list));
  const kept = () => said(rectsOf(shown));
  const dirty = () => said(rects) !== kept();

  function rectsOf(sight) {
    const staff = sight.staff.map((box) => ({ kind: "staff", box: [...box] }));
    return sight.contact ? [...staff, { kind: "contact", box: [...sight.contact] }] : staff;
  }

  function zonesOf(list) {
    const round = (value) => Math.round(value * 10000) / 10000;
    const zone = ({ box: [x, y, width, height] }) => {
      const [left, top] = [round(x), round(y)];
      return { x: left, y: top, width: round(Math.min(width, 1 - left)), height: round(Math.min(height, 1 - top)) };
    };
    const contact = list.find(({ kind }) => kind === "contact");
    const staff = list.filter(({ kind }) => kind === "staff");
    return { staff_mask: staff.map(zone), contact_zone: contact ? zone(contact) : null };
  }

  function change(act) {
    history.push(copy());
    act();
    draw();
  }

  function nameOf(at) {
    if (rects[at].kind === "contact") return words.contact;
    const staff = rects.slice(0, at + 1).filter(({ kind }) => kind === "staff").length;
    return words.staff.replace("{n}", staff);
  }

  function mayAdd(kind) {
    const staff = rects.filter((each) => each.kind === "staff").length;
    return kind === "contact" || staff < Number(section().dataset.most);
  }

  function put(kind, box) {
    if (kind === "contact") rects = rects.filter((each) => each.kind !== "contact");
    rects.push({ kind, box });
    chosen = rects.length - 1;
  }

  // -- the picture and the zones over it ------------------------------------------------------

  function element(name, attributes, ...children) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function size() {
    const { width, height } = byId("aim-picture").getBoundingClientRect();
    return [width, height];
  }

  function draw() {
    const [width, height] = size();
    byId("aim-over").setAttribute("viewBox", `0 0 ${width} ${height}`);
    const drawn = rects.map((_, at) => zone(at, width, height));
    const handles = chosen >= 0 ? corners(rects[chosen].box, width, height) : [];
    byId("aim-zones").replaceChildren(...drawn, smallest(width, height), ...handles);
    tools();
    numbers();
  }

  function zone(at, width, height) {
    const { kind, box: [x, y, wide, high] } = rects[at];
    const place = { x: x * width, y: y * height, width: wide * width, height: high * height };
    const right = place.x > width / 2; // its name would leave the picture: it ends where the zone ends
    const start = right ? { x: place.x + place.width - 8, "text-anchor": "end" } : { x: place.x + 8 };
    const label = element("text", { ...start, y: place.y + 20 }, nameOf(at));
    const back = element("rect", { ...place, class: "back" });
    const area = element("rect", { ...place, class: "area", "data-at": at });
    return element("g", { class: `zone ${kind}${at === chosen ? " chosen" : ""}` }, back, area, label);
  }

  function corners([x, y, wide, high], width, height) {
    return [[0, 0], [1, 0], [0, 1], [1, 1]].map(([right, bottom]) => {
      const at = { cx: (x + right * wide) * width, cy: (y + bottom * high) * height };
      const reach = element("circle", { ...at, r: REACH_PX, class: "reach", "data-right": right, "data-bottom": bottom });
      return element("g", { class: "handle" }, reach, element("circle", { ...at, r: 8 }));
    });
  }

  function smallest(width, height) {
    const side = shown.minFace * height;
    const place = { x: width - side - 8, y: height - side - 8, width: side, height: side };
    const label = element("text", { x: place.x - 6, y: height - 12, "text-anchor": "end" }, words.smallest);
    return element("g", { class: "smallest" }, element("rect", place), label);
  }

  // -- tools ----------------------------------------------------------------------------------

  function tools() {
    byId("aim-undo").disabled = !history.length;
    byId("aim-remove").disabled = chosen < 0;
    byId("aim-save").disabled = !dirty();
    byId("aim-reset").disabled = !shown.own;
    byId("aim-staff").disabled = !mayAdd("staff");
    for (const kind of ["staff", "contact"]) byId(`aim-${kind}`).setAttribute("aria-pressed", armed === kind);
    byId("aim-hint").textContent = armed ? words.draw : "";
    byId("aim-source").textContent = dirty() ? words.unsaved : shown.source;
    byId("aim-over").classList.toggle("armed", Boolean(armed));
  }

  function field(at, side) {
    const input = document.createElement("input");
    Object.assign(input, { type: "number", min: 0, max: 100, step: 0.1, inputMode: "decimal" });
    input.value = Math.round(rects[at].box[side] * 1000) / 10;
    input.addEventListener("change", () => {
      if (!input.reportValidity()) return;
      change(() => move(at, side, Number(input.value) / 100));
    });
    input.id = `aim-${at}-${SIDES[side]}`;
    const label = document.createElement("label");
    label.append(words[SIDES[side]], input);
    return label;
  }

  function move(at, side, value) {
    const box = rects[at].box;
    const opposite = side < 2 ? box[side + 2] : box[side - 2];
    box[side] = side < 2 ? bounded(value, 0, 1 - LEAST) : bounded(value, LEAST, 1 - opposite);
    if (side < 2) box[side + 2] = Math.min(opposite, 1 - box[side]);
    chosen = at;
  }

  function numbers() {
    const focused = document.activeElement?.id;
    const rows = rects.map((_, at) => {
      const row = document.createElement("fieldset");
      const legend = document.createElement("legend");
      legend.textContent = nameOf(at);
      row.append(legend, ...SIDES.map((_side, side) => field(at, side)));
      return row;
    });
    byId("aim-numbers").replaceChildren(...rows);
    if (focused?.startsWith("aim-")) byId(focused)?.focus();
  }

  function arm(kind, event) {
    if (event.detail === 0) change(() => put(kind, [0.35, 0.3, 0.3, 0.4])); // no pointer: numbers follow
    else armed = armed === kind ? "" : kind;
    if (event.detail === 0) byId("aim-numbers").parentElement.open = true;
    draw();
  }

  // -- fingers --------------------------------------------------------------------------------

  function spot(event) {
    const { left, top, width, height } = byId("aim-picture").getBoundingClientRect();
    return [bounded((event.clientX - left) / width, 0, 1), bounded((event.clientY - top) / height, 0, 1)];
  }

  function down(event) {
    if (stroke || event.button > 0) return;
    const { at, right, bottom } = event.target.dataset;
    const from = spot(event);
    if (armed) stroke = { act: "new", from, before: copy() };
    else if (right !== undefined) stroke = { act: "size", right: right === "1", bottom: bottom === "1" };
    else if (at !== undefined) {
      chosen = Number(at);
      stroke = { act: "move" };
    } else chosen = -1;
    if (stroke) {
      stroke = { from, before: copy(), box: chosen >= 0 ? [...rects[chosen].box] : null, ...stroke };
      byId("aim-over").setPointerCapture(event.pointerId);
      event.preventDefault();
    }
    draw();
  }

  function span(a, b) {
    return [Math.min(a, b), Math.abs(a - b)];
  }

  function pull(event) {
    if (!stroke) return;
    const to = spot(event);
    if (stroke.act === "new") stretch(to);
    else if (stroke.act === "move") shift(to);
    else resize(to);
    draw();
  }

  function stretch(to) {
    const [x, width] = span(stroke.from[0], to[0]);
    const [y, height] = span(stroke.from[1], to[1]);
    rects = stroke.before.map(({ kind, box }) => ({ kind, box: [...box] }));
    put(armed, [x, y, width, height]);
  }

  function shift(to) {
    const [x, y, width, height] = stroke.box;
    const left = bounded(x + to[0] - stroke.from[0], 0, 1 - width);
    const top = bounded(y + to[1] - stroke.from[1], 0, 1 - height);
    rects[chosen].box = [left, top, width, height];
  }

  function resize(to) {
    const [x, y, width, height] = stroke.box;
    const side = (start, length, far, at) =>
      far ? [start, bounded(at - start, LEAST, 1 - start)] : span(start + length, bounded(at, 0, start + length - LEAST));
    const [left, wide] = side(x, width, stroke.right, to[0]);
    const [top, high] = side(y, height, stroke.bottom, to[1]);
    rects[chosen].box = [left, top, wide, high];
  }

  function up() {
    if (!stroke) return;
    const { act, before } = stroke;
    stroke = null;
    const fresh = act === "new" && rects.length ? rects[chosen]?.box : null;
    if (act === "new" && (!fresh || Math.min(fresh[2], fresh[3]) < LEAST)) {
      rects = before;
      chosen = -1;
    } else {
      if (said(rects) !== said(before)) history.push(before);
      armed = "";
    }
    draw();
  }

  // -- the kiosk ------------------------------------------------------------------------------

  function tell(text) {
    const told = byId("aim-told");
    told.textContent = text;
    told.hidden = !text;
  }

  async function swap(answer) {
    if (!answer.ok) {
      location.reload();
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.getElementById("camera");
    if (!next) {
      location.reload();
      return;
    }
    const open = byId("aim-numbers").parentElement.open;
    const [before, own] = [dirty() ? copy() : null, shown.camera];
    section().replaceWith(next);
    tell(fresh.querySelector("main > .notice")?.textContent ?? "");
    begin(section().dataset.looking ?? own);
    if (before && said(before) !== kept() && shown.camera === own) {
      rects = before;
      draw();
    }
    byId("aim-numbers").parentElement.open = open;
  }

  async function send(event) {
    event.preventDefault();
    const form = event.target;
    if (form.elements.zones) form.elements.zones.value = said(rects);
    if (form.action.endsWith("/zones-of-config")) rects = rectsOf(shown); // what is not saved is given up
    event.submitter?.setAttribute("disabled", "");
    sending = true;
    await underWay;
    try {
      const body = new URLSearchParams(new FormData(form));
      await swap(await fetch(form.action, { method: "POST", body, cache: "no-store" }));
    } catch {
      event.submitter?.removeAttribute("disabled");
      tell(words.lost);
    }
    sending = false;
  }

  async function show(answer) {
    number = Number(answer.headers.get("X-Smilepost-Frame"));
    const picture = await createImageBitmap(await answer.blob());
    const canvas = byId("aim-picture");
    const turned = canvas.width !== picture.width || canvas.height !== picture.height;
    if (turned) Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    byId("aim-state").textContent = "";
    if (turned) draw();
  }

  async function look() {
    const camera = section().dataset.looking;
    const query = new URLSearchParams({ camera, after: number });
    const answer = await fetch(`/installer/preview.jpg?${query}`, {
      headers: { "X-Smilepost-Live": "1" },
      cache: "no-store",
      redirect: "error",
    });
    if (camera !== section().dataset.looking) return;
    if (answer.status === 200) await show(answer);
    else if (answer.status === 401) location.reload();
    else if (answer.status !== 204) await over();
  }

  async function over() {
    const text = words.over;
    await swap(await fetch(location.pathname, { cache: "no-store" }));
    tell(text);
  }

  async function keepLooking() {
    if (section()?.dataset.looking && !document.hidden && !sending) {
      underWay = look().catch(() => {
        byId("aim-state").textContent = words.lost;
      });
      await underWay;
    }
    setTimeout(keepLooking, EVERY_MS);
  }

  // -- beginning --------------------------------------------------------------------------------

  function choose(camera) {
    shown = sights.find((each) => each.camera === camera) ?? sights[0];
    [rects, history, chosen, armed, number] = [rectsOf(shown), [], -1, "", 0];
    for (const field of section().querySelectorAll("input[name=camera]")) field.value = shown.camera;
    draw();
  }

  function changeCamera(event) {
    const looking = section().dataset.looking;
    choose(event.target.value);
    if (!looking) return;
    const form = section().querySelector("form[action$='/preview']");
    form.elements.on.value = "true";
    form.requestSubmit();
  }

  function begin(camera) {
    words = JSON.parse(section().dataset.words);
    sights = JSON.parse(section().dataset.sights);
    const over = byId("aim-over");
    over.addEventListener("pointerdown", down);
    over.addEventListener("pointermove", pull);
    over.addEventListener("pointerup", up);
    over.addEventListener("pointercancel", up);
    // Without this a quick stroke is a fling, and the browser swallows the tap that follows it.
    for (const kind of ["touchstart", "touchmove"]) {
      over.addEventListener(kind, (event) => stroke && event.preventDefault(), { passive: false });
    }
    byId("aim-staff").addEventListener("click", (event) => arm("staff", event));
    byId("aim-contact").addEventListener("click", (event) => arm("contact", event));
    byId("aim-undo").addEventListener("click", () => {
      [rects, chosen] = [history.pop(), -1];
      draw();
    });
    byId("aim-remove").addEventListener("click", () => {
      change(() => rects.splice(chosen, 1) && (chosen = -1));
    });
    for (const form of section().querySelectorAll("form")) form.addEventListener("submit", send);
    byId("aim-camera")?.addEventListener("change", changeCamera);
    byId("aim-state").textContent = section().dataset.looking ? words.waiting : "";
    choose(camera ?? sights[0].camera);
    if (byId("aim-camera")) byId("aim-camera").value = shown.camera;
    sized.disconnect();
    sized.observe(byId("aim-picture"));
  }

  const sized = new ResizeObserver(() => stroke || draw());
  begin(section().dataset.looking);
  keepLooking();
})();

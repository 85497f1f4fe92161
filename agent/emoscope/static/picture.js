// The picture, and on it: masked parts, the contact zone, a frame and a smile bar at each face.

const HALO = "rgb(8 12 16 / 78%)";
const WHITE = "#ffffff";
const SMILE = "#8fc4ff";
const FAR = "rgb(255 255 255 / 70%)";
const FONT = '600 13px system-ui, "Segoe UI", "Noto Sans", sans-serif';

export function clear(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  canvas.setAttribute("aria-label", "No picture");
}

export function draw(canvas, told, facts) {
  const ratio = Math.max(1, devicePixelRatio);
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const place = fitted(told.bitmap, width, height);
  pen.drawImage(told.bitmap, place.x, place.y, place.width, place.height);
  for (const mask of facts.masks) masked(pen, within(place, mask));
  if (facts.zone) zone(pen, place, within(place, facts.zone));
  for (const face of told.faces) framed(pen, place, face);
  label(canvas, told);
}

function fitted(bitmap, width, height) {
  const scale = Math.min(width / bitmap.width, height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h };
}

function within(place, [x, y, width, height]) {
  return {
    x: place.x + x * place.width,
    y: place.y + y * place.height,
    width: width * place.width,
    height: height * place.height,
  };
}

function masked(pen, box) {
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  pen.fillStyle = "#14191f";
  pen.fill();
  pen.strokeStyle = "rgb(255 255 255 / 20%)";
  pen.lineWidth = 1.5;
  for (let x = box.x - box.height; x < box.x + box.width; x += 12) {
    pen.beginPath();
    pen.moveTo(x, box.y + box.height);
    pen.lineTo(x + box.height, box.y);
    pen.stroke();
  }
  if (box.width > 70 && box.height > 30) chip(pen, "staff", box.x + box.width / 2, box.y + box.height / 2);
  pen.restore();
}

function zone(pen, place, box) {
  pen.save();
  pen.fillStyle = "rgb(8 12 16 / 42%)";
  pen.beginPath();
  pen.rect(place.x, place.y, place.width, place.height);
  pen.rect(box.x, box.y, box.width, box.height);
  pen.fill("evenodd");
  pen.setLineDash([10, 7]);
  stroked(pen, WHITE, 1.5, () => pen.rect(box.x, box.y, box.width, box.height));
  pen.restore();
}

function framed(pen, place, face) {
  const box = within(place, [face.x, face.y, face.width, face.height]);
  if (face.standing === "far") {
    pen.save();
    pen.setLineDash([3, 5]);
    stroked(pen, FAR, 1.5, () => pen.rect(box.x, box.y, box.width, box.height));
    pen.restore();
    return;
  }
  const sure = face.standing === "contact";
  stroked(pen, sure ? WHITE : FAR, sure ? 3 : 2, () => corners(pen, box));
  const middle = box.x + box.width / 2;
  const above = sure ? `${face.number}  ·  ${seconds(face.dwell_s)}` : "arriving";
  chip(pen, above, middle, Math.max(place.y + 16, box.y - 18));
  if (face.smile !== null) smileBar(pen, place, box, face.smile);
}

function seconds(value) {
  if (value < 60) return `${value.toFixed(0)} s`;
  return `${Math.floor(value / 60)}:${String(Math.floor(value % 60)).padStart(2, "0")}`;
}

function stroked(pen, colour, width, trace) {
  for (const [style, line] of [[HALO, width + 3], [colour, width]]) {
    pen.strokeStyle = style;
    pen.lineWidth = line;
    pen.lineCap = "round";
    pen.beginPath();
    trace();
    pen.stroke();
  }
}

function corners(pen, { x, y, width, height }) {
  const arm = Math.min(width, height) * 0.22;
  const curve = Math.min(10, arm / 2);
  for (const [cx, cy, dx, dy] of [[x, y, 1, 1], [x + width, y, -1, 1], [x + width, y + height, -1, -1], [x, y + height, 1, -1]]) {
    pen.moveTo(cx, cy + dy * arm);
    pen.arcTo(cx, cy, cx + dx * arm, cy, curve);
    pen.lineTo(cx + dx * arm, cy);
  }
}

function chip(pen, text, x, y) {
  pen.font = FONT;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const width = pen.measureText(text).width + 18;
  pen.fillStyle = HALO;
  pen.beginPath();
  pen.roundRect(x - width / 2, y - 12, width, 24, 12);
  pen.fill();
  pen.fillStyle = WHITE;
  pen.fillText(text, x, y + 1);
}

function smileBar(pen, place, box, level) {
  const width = Math.max(148, Math.min(box.width, 220));
  const left = Math.min(Math.max(place.x + 4, box.x + box.width / 2 - width / 2), place.x + place.width - width - 4);
  const top = Math.min(box.y + box.height + 8, place.y + place.height - 32);
  pen.fillStyle = HALO;
  pen.beginPath();
  pen.roundRect(left, top, width, 26, 13);
  pen.fill();
  const track = { x: left + 32, width: width - 90 };
  mouth(pen, left + 16, top + 13, level);
  pen.fillStyle = "rgb(255 255 255 / 28%)";
  pen.beginPath();
  pen.roundRect(track.x, top + 9, track.width, 8, 4);
  pen.fill();
  pen.fillStyle = SMILE;
  pen.beginPath();
  pen.roundRect(track.x, top + 9, Math.max(8, track.width * level), 8, 4);
  pen.fill();
  pen.font = FONT;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillStyle = WHITE;
  pen.fillText(`${Math.round(100 * level)} %`, left + width - 11, top + 14);
}

function mouth(pen, x, y, level) {
  pen.strokeStyle = WHITE;
  pen.lineWidth = 2;
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(x - 6, y + 1 - 2 * level);
  pen.quadraticCurveTo(x, y + 1 + 8 * level, x + 6, y + 1 - 2 * level);
  pen.stroke();
}

function label(canvas, told) {
  const near = told.faces.filter((face) => face.standing !== "far").length;
  const text = `Live picture: ${near} ${near === 1 ? "face" : "faces"} near enough`;
  if (canvas.getAttribute("aria-label") !== text) canvas.setAttribute("aria-label", text);
}

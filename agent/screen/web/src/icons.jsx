// Line drawings on a 48 x 48 grid: the reasons, the tick, the camera sign.

const DRAWINGS = {
  person: "M24 23a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM9 41c1-9 7-13 15-13s14 4 15 13",
  clock: "M24 42a18 18 0 1 0 0-36 18 18 0 0 0 0 36ZM24 14v11l7 5",
  box: "M7 15 24 6l17 9v18l-17 9-17-9ZM7 15l17 9 17-9M24 24v18M15.5 10.5 32.5 19.5",
  tag: "M6 7h16l20 20-15 15L6 22ZM15 16v.01",
  sparkle: "M20 8c1.5 9 4 11.5 13 13-9 1.5-11.5 4-13 13-1.5-9-4-11.5-13-13 9-1.5 11.5-4 13-13ZM37 29c.7 4.5 1.8 5.6 6 6-4.2.7-5.3 1.8-6 6-.7-4.2-1.8-5.3-6-6 4.2-.4 5.3-1.5 6-6ZM37 6v8M33 10h8",
  price: "M24 42a18 18 0 1 0 0-36 18 18 0 0 0 0 36ZM30 17c-1-2-3-3-6-3-4 0-6 2-6 4.5 0 6.5 12.5 3.5 12.5 10.5 0 3-2.5 5-6.5 5-3.5 0-6-1.5-7-4M24 10v28",
  list: "M18 12h23M18 24h23M18 36h23M8 12v.010M8 24v.010M8 36v.01",
  heart: "M24 41C13 33 6 26.5 6 18.5 6 12.5 10.5 8 16 8c3.5 0 6.3 1.8 8 5 1.7-3.2 4.5-5 8-5 5.5 0 10 4.5 10 10.500C42 26.5 35 33 24 41Z",
  chat: "M6 9h36v24H23l-9 8v-8H6ZM15 18h18M15 25h11",
  door: "M11 42V6h26v36M5 42h38M30 24v2",
  tick: "M12 25l8.5 8.500L37 16",
  camera: "M5 15h9l4-6h12l4 6h9v24H5ZM24 33.500a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Z",
  pause: "M18 13v22M30 13v22",
};

export function Icon({ name, kind = "icon" }) {
  return (
    <svg class={kind} viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <path d={DRAWINGS[name] ?? DRAWINGS.chat} />
    </svg>
  );
}

// Five faces from worst to best. They differ by mouth, brows, eyes and outline (square to round),
// so that the colour is never the only difference.

const COLOURS = ["#d73027", "#fc8d59", "#fee090", "#91bfdb", "#4575b4"];
const ROUNDNESS = [25, 30, 35, 40, 46];

const DOTS = <path class="eyes" d="M35 41v4M65 41v4" />;

const FEATURES = [
  <>
    <path d="M24 31Q32 30 39 24M76 31Q68 30 61 24" />
    {DOTS}
    <path d="M30 74Q50 48 70 74" />
  </>,
  <>
    {DOTS}
    <path d="M31 70Q50 57 69 70" />
  </>,
  <>
    {DOTS}
    <path d="M31 66H69" />
  </>,
  <>
    {DOTS}
    <path d="M29 60Q50 80 71 60" />
  </>,
  <>
    <path d="M28 44Q35 34 42 44M58 44Q65 34 72 44" />
    <path class="open" d="M27 57H73Q70 82 50 82T27 57Z" />
  </>,
];

// As printed on a button, where its colour must not speak for what lies over it.
export function Face({ rank, plain }) {
  return (
    <svg class="face" viewBox="0 0 100 100" aria-hidden="true" focusable="false">
      <rect x="4" y="4" width="92" height="92" rx={ROUNDNESS[rank - 1]} fill={plain ? "none" : COLOURS[rank - 1]} />
      <g>{FEATURES[rank - 1]}</g>
    </svg>
  );
}

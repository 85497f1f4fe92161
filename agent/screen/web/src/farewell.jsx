// Thanks, with what may stand beside them: case number, promised reply, QR code, cards.

import { Icon } from "./icons.jsx";

const EMBLEMS = { thanks: "tick", out_of_order: "pause" };

export function Emblem({ screen }) {
  const name = EMBLEMS[screen];
  return <div class="emblem"><Icon name={name} kind={name} /></div>;
}

function Code({ code }) {
  return (
    <figure class="code">
      <svg viewBox={`0 0 ${code.modules} ${code.modules}`} role="img" aria-label={code.label} shape-rendering="crispEdges">
        <rect width={code.modules} height={code.modules} fill="#fff" />
        <path d={code.path} fill="#000" />
      </svg>
      <figcaption aria-hidden="true">{code.label}</figcaption>
    </figure>
  );
}

function Case({ farewell }) {
  return (
    <div class="case">
      {farewell.case && <p class="of">{farewell.case_label}</p>}
      {farewell.case && <p class="case-number" dir="ltr">{farewell.case}</p>}
      {farewell.promise && <p class="promise">{farewell.promise}</p>}
    </div>
  );
}

export function Farewell({ farewell, children }) {
  return (
    <div class="room">
      <div class="farewell" data-cards={farewell.cards.length} data-code={farewell.code ? "" : undefined}>
        {(farewell.case || farewell.promise) && <Case farewell={farewell} />}
        {farewell.code && <Code code={farewell.code} />}
        {farewell.cards.map((card) => (
          <section class="card" key={card.title}>
            <h2>{card.title}</h2>
            {card.lines.map((line) => <p key={line}>{line}</p>)}
          </section>
        ))}
        {children}
      </div>
    </div>
  );
}

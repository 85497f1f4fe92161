// The customer's page: renders the kiosk's view, sends what was chosen, and knows nothing else.

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Back, Leave } from "./actions.jsx";
import { Contact, missing, wayOf } from "./contact.jsx";
import { Emblem, Farewell } from "./farewell.jsx";
import { Footer } from "./footer.jsx";
import { byHand, Hands, Stops } from "./hands.jsx";
import { Icon } from "./icons.jsx";
import { useKeyboard } from "./keys.js";
import { useDraft, useKiosk, usePainted, usePicked, useSignsOfLife } from "./kiosk.js";
import { useLook } from "./look.js";
import { Options, toggled } from "./options.jsx";
import { Show } from "./playlist.jsx";
import { Scale } from "./scale.jsx";
import { StillThere } from "./stillthere.jsx";
import { Text } from "./text.jsx";
import { plain } from "./typing.jsx";

const GROUPS = { attract: "ask", question: "ask", choice: "reasons", multiple: "reasons reasons-many" };
const SOON_MS = 20_000; // a screen that closes within this time, without a warning, shows it
const NEVER_SHOWN = ["attract", "question", "thanks", "out_of_order"];

function Closing({ view }) {
  const [closes_ms] = useState(view.closes_ms); // the view may come again while it runs
  if (!closes_ms || closes_ms > SOON_MS || NEVER_SHOWN.includes(view.screen)) return null;
  return <div class="closing" style={{ "--closes": `${closes_ms}ms` }} aria-hidden="true" />;
}

// Whatever is shown, and a playlist as well: somebody sees this camera's picture now.
function Preview({ view }) {
  if (!view.preview) return null;
  return (
    <p class="preview" role="status">
      <Icon name="camera" kind="sign" />
      <span>{view.preview}</span>
    </p>
  );
}

function Header({ view, complaint }) {
  const steps = view.progress && <span class="progress">{view.progress.label}</span>;
  return (
    <header aria-live="polite">
      <h1>{view.title}</h1>
      {complaint && <p class="hint complaint" role="alert">{complaint}</p>}
      {!complaint && view.hint && <p class="hint">{steps}{view.hint}</p>}
    </header>
  );
}

// What is sent when the key that confirms is touched; null while there is nothing to send.
function confirmed(view, draft) {
  if (view.screen === "multiple" && draft.chosen?.length) return { type: "choices", options: draft.chosen };
  if (view.screen === "text" && plain(draft.text ?? "")) return { type: "written", text: plain(draft.text) };
  if (view.screen !== "contact") return null;
  const { way } = wayOf(view, draft);
  return draft[way] ? { type: "contact", way, value: draft[way].trim(), consent: true } : null;
}

function useAnswers({ view, send, keep, newest, setPicked }) {
  const tell = (message, channel) =>
    view.owner && send({ ...message, revision: view.revision, channel });
  const choose = (option, channel) => {
    if (!view.owner) return;
    if (view.screen === "multiple")
      return keep(({ chosen = [] }) => ({ chosen: toggled(chosen, option, view.most) }));
    setPicked(option);
    tell({ type: "choice", option }, channel);
  };
  const skip = (channel) => {
    if (view.owner) setPicked("skip");
    tell({ type: "choice", option: "skip" }, channel);
  };
  const confirm = (channel) => {
    const draft = newest();
    const message = confirmed(view, draft);
    const complaint = view.screen === "contact" ? missing(view, draft) : null;
    if (complaint) keep({ complaint });
    else if (message) tell(message, channel);
  };
  return { choose, skip, confirm, more: (channel) => tell({ type: "more_time" }, channel) };
}

function Body({ view, draft, keep, picked, answers, leave }) {
  const { choose, confirm, more } = answers;
  switch (view.screen) {
    case "scale":
      return <Scale {...{ view, picked, choose }} />;
    case "multiple":
      return <Options {...{ view, picked, choose }} chosen={draft.chosen ?? []} />;
    case "text":
      return <Text {...{ view, draft, keep, confirm, leave }} />;
    case "contact":
      return <Contact {...{ view, draft, keep, confirm, leave }} />;
    case "still_there":
      return <StillThere {...{ view, more }} />;
    case "thanks":
    case "out_of_order":
      return view.farewell ? <Farewell farewell={view.farewell} /> : <Emblem screen={view.screen} />;
    default:
      return <Options {...{ view, picked, choose }} />;
  }
}

function Screen({ view, send, refusals, draft, keep, newest }) {
  const [picked, setPicked] = usePicked(view, refusals);
  const answers = useAnswers({ view, send, keep, newest, setPicked });
  const ready = confirmed(view, draft) !== null;
  useKeyboard(view, { ...answers, skip: (channel) => ready || answers.skip(channel) });
  const leave = <Leave {...{ view, ready, picked }} skip={answers.skip} confirm={answers.confirm} />;
  const inside = ["text", "contact", "still_there"].includes(view.screen);
  return (
    <main>
      {!view.owner && <p class="mirror">{view.mirror}</p>}
      <Back {...{ view, send }} />
      <Header view={view} complaint={draft.complaint} />
      <Body {...{ view, draft, keep, picked, answers, leave }} />
      {!inside && leave}
    </main>
  );
}

// Without touch nothing on the glass is a key: it says what the buttons below it do.
function ByHand({ view }) {
  const shown = { ...view, owner: false };
  const moves = view.buttons.some(({ does }) => does === "confirm");
  return (
    <main>
      {!view.owner && <p class="mirror">{view.mirror}</p>}
      <Header view={view} />
      {moves && <Body view={shown} answers={{}} />}
      {moves && <Stops view={view} />}
      <Hands key={view.settles_ms > 0 ? view.revision : ""} view={view} />
    </main>
  );
}

// A touch puts the playlist away for a while; a new view does so at once.
function useShow(view) {
  const [awake, setAwake] = useState(false);
  const [dead, setDead] = useState(false);
  const playlist = view?.screen === "attract" ? view.playlist : null;
  useEffect(() => {
    if (!playlist) setAwake(false);
    if (!playlist || !awake) return;
    let timer = 0;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => setAwake(false), playlist.again_s * 1000);
    };
    wait();
    addEventListener("pointerdown", wait);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointerdown", wait);
    };
  }, [awake, Boolean(playlist)]);
  const wake = () => setAwake(true);
  return { showing: Boolean(playlist) && !awake && !dead, awake, wake, die: () => setDead(true) };
}

function Stage({ view, send, refusals, draft, keep, newest, comfort, setComfort }) {
  const show = useShow(view);
  useSignsOfLife(view, send);
  const group = GROUPS[view.screen] ?? view.screen;
  const wake = () => {
    if (!view.owner) return;
    show.wake();
    send({ type: "active", revision: view.revision });
  };
  return (
    <div
      class={`screen ${group}${view.farewell ? " extras" : ""}${byHand(view) ? " by-hand" : ""}`}
      key={`${group} ${view.topic}`}
      data-revision={view.revision}
      data-screen={view.screen}
      data-woken={show.awake || undefined}
    >
      <Closing key={view.revision} view={view} />
      <Preview view={view} />
      {show.showing
        ? <Show {...{ view, send }} onWake={wake} onDead={show.die} />
        : byHand(view) ? <ByHand view={view} /> : <Screen {...{ view, send, refusals, draft, keep, newest }} />}
      <Footer {...{ view, send, comfort, setComfort }} />
    </div>
  );
}

function Waiting({ words }) {
  return (
    <main class="waiting">
      <div class="dots" aria-hidden="true"><i /><i /><i /></div>
      {words && <h1 aria-live="polite">{words}</h1>}
    </main>
  );
}

function Page() {
  const { view, gone, refusals, send } = useKiosk();
  const [comfort, setComfort] = useLook(view);
  const [draft, keep, newest] = useDraft(view);
  usePainted(gone ? null : view, send);
  if (!view || gone) return <Waiting words={view?.waiting ?? ""} />;
  return <Stage {...{ view, send, refusals, draft, keep, newest, comfort, setComfort }} />;
}

addEventListener("contextmenu", (event) => event.preventDefault());
addEventListener("dragstart", (event) => event.preventDefault());
render(<Page />, document.body);

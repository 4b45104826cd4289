// The page's parts and who tells whom.

import { Calendar } from "./calendar.js";
import { askForNumber, setUpComposer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { byId } from "./elements.js";
import { Ledger } from "./ledger.js";
import { Picker } from "./picker.js";
import { Rush } from "./rush.js";
import { setUpTabs } from "./tabs.js";

const isDemo = document.body.classList.contains("demo");
const picker = isDemo ? new Picker(() => conversation.clear() || conversation.look()) : null;
const calendar = isDemo ? new Calendar() : null;
const ledger = isDemo ? new Ledger() : null;

const conversation = new Conversation(() => picker?.identity() ?? null, {
  ask: press,
  changed: () => {
    calendar?.look();
    ledger?.look();
  },
});
const send = (content, shownAs) => conversation.send(content, shownAs);

async function press(choice) {
  byId("message").focus(); // The button belongs to the past now.
  if (choice.kind === "contact") {
    const number = await askForNumber(picker?.phone());
    if (number) await send({ contact: number }).catch(() => {});
    return;
  }
  await send({ button: choice.value }, choice.label).catch(() => {});
}

setUpComposer(send, isDemo);
if (isDemo) setUpTabs();
if (byId("rush")) new Rush();

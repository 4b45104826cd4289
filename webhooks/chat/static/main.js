// The page's parts and who tells whom.

import { Calendar } from "./calendar.js";
import { ClinicClock } from "./clinic_clock.js";
import { askForNumber, setUpComposer, setUpSecondComposer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Crash } from "./crash.js";
import { byId } from "./elements.js";
import { Ledger } from "./ledger.js";
import { Picker } from "./picker.js";
import { Rush } from "./rush.js";
import { SecondPerson } from "./second_person.js";
import { StaffDoor } from "./staff_door.js";
import { markNews, setUpTabs } from "./tabs.js";

const isDemo = document.body.classList.contains("demo");
const picker = isDemo ? new Picker(begin) : null;
const staffDoor = isDemo ? new StaffDoor(picker) : null;
const calendar = isDemo ? new Calendar() : null;
const ledger = isDemo ? new Ledger() : null;
const changed = (name) => {
  markNews(name);
  calendar?.look();
  ledger?.look();
};

const conversation = new Conversation(() => picker?.identity() ?? null, { ask: press, changed: () => changed("chat") });
const send = (content, shownAs) => conversation.send(content, shownAs);

// Somebody else was chosen.
function begin() {
  staffDoor.show();
  conversation.clear();
  conversation.look();
}

async function press(choice) {
  byId("message").focus(); // The button belongs to the past now.
  if (choice.kind === "contact") {
    const number = await askForNumber(picker?.phone());
    if (number) await send({ contact: number }).catch(() => {});
    return;
  }
  await send({ button: choice.value }, choice.label).catch(() => {});
}

// By SMS there are no buttons to press.
function setUpSecond() {
  const person = new SecondPerson(() => second.clear() || second.look());
  const second = new Conversation(() => person.identity(), {
    ask: () => {},
    changed: () => changed("second"),
    prefix: "second-",
  });
  setUpSecondComposer((content) => second.send(content));
}

setUpComposer(send, isDemo);
if (isDemo) {
  setUpSecond();
  setUpTabs();
  const clock = new ClinicClock(() => calendar.look());
  if (byId("crash")) new Crash((to) => clock.move(to));
}
if (byId("rush")) new Rush();

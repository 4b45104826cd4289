// Where one writes: the text field, the messages to try, and the number that Telegram shares.

import { byId, make } from "./elements.js";

const OPENERS = [
  "Hi",
  "book Dr Patel the day after tomorrow",
  "I'd like to see Dr Patel next Tuesday at 10am",
  "book a skin doctor thursday morning",
  "I need a dentist",
  "my knee hurts, earliest you have",
  "quiero una cita con la dra garcía el martes",
  "bonjour, il me faudrait un rdv demain matin",
  "oi, queria marcar uma consulta pra minha filha",
];
// They make sense once something has been said.
const FOLLOWERS = [
  "actually the second one",
  "no, Thursday instead",
  "what appointments do I have?",
  "move my appointment to friday afternoon",
  "cancel it",
  "book Dr Chen the day after tomorrow",
  "cancel my visit with Dr Chen",
];
const AT_THE_DESK = [
  "who do we have today?",
  "who's next?",
  "Dr Patel tomorrow",
  "this week at Downtown",
  "what's not marked?",
  "/help",
  "/lock",
];
const FOR_VISITORS = ["I'd like to book an appointment", "When are you open?", "I'd like to talk to a person"];

const WAITING = ["put me on the waitlist for Dr Chen, any day, my name is Ben Carter, born March 2 1985", "yes", "1"];

// The window that everybody has.
export function setUpComposer(send, isDemo) {
  setUp("", send, isDemo ? OPENERS : FOR_VISITORS, isDemo ? FOLLOWERS : [], isDemo ? AT_THE_DESK : []);
  if (matchMedia("(hover: hover)").matches) byId("message").focus(); // A phone would open its keyboard.
}

// The demo's second one.
export function setUpSecondComposer(send) {
  setUp("second-", send, WAITING, [], []);
}

function setUp(prefix, send, openers, followers, atDesk) {
  const form = byId(`${prefix}composer`);
  const field = byId(`${prefix}message`);
  const suggestions = byId(`${prefix}suggestions`);
  const submit = async (text) => {
    if (!text.trim()) return field.focus();
    field.value = "";
    try {
      await send({ text });
    } catch {
      // Kept, unless something else has been typed meanwhile.
      field.value ||= text;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(field.value);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  const suggest = (text, kind) =>
    suggestions.append(make("button", { type: "button", class: kind, onclick: () => submit(text) }, text));
  for (const text of followers) suggest(text, "follower");
  for (const text of openers) suggest(text, "opener");
  for (const text of atDesk) suggest(text, "at-desk-only");
  // A mouse without a sideways wheel reaches the last one too.
  suggestions.addEventListener("wheel", ({ deltaY }) => (suggestions.scrollLeft += deltaY), { passive: true });
}

// Resolves with the number that the person agreed to share, or null.
export function askForNumber(suggested) {
  const dialog = byId("share");
  const field = byId("share-number");
  field.value = suggested ?? "";
  dialog.showModal();
  return new Promise((resolve) => {
    let number = null;
    byId("share-form").onsubmit = () => (number = field.value);
    byId("share-not").onclick = () => dialog.close();
    dialog.onclose = () => resolve(number);
  });
}

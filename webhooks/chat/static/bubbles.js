// One message as the channel would show it.

import { icon, make, plural } from "./elements.js";
import { clock } from "./time.js";

const TICKS = {
  sending: "waiting",
  queued: "waiting",
  received: "delivered",
  sent: "sent",
  delivered: "delivered",
  read: "delivered",
  failed: "failed",
  undelivered: "failed",
  unknown: "failed",
  ignored: "sent",
  dropped: "failed",
};
const SAID = {
  sending: "sending",
  queued: "waiting to be sent",
  received: "received",
  sent: "sent",
  delivered: "delivered",
  read: "read",
  failed: "failed",
  undelivered: "not delivered",
  unknown: "perhaps not delivered",
  ignored: "not answered",
  dropped: "not sent",
};
const KINDS = {
  notice: "Notice",
  reminder: "Reminder",
  offer: "Offer",
  survey: "Survey",
  broadcast: "Announcement",
  staff_answer: "From a person",
};

// `picture`, `file`: where what goes with the text is to be had, if anything does.
export function bubble(message, press, { picture = "", file = "" } = {}) {
  const element = make("div", { class: `message ${message.direction}`, "data-id": message.id });
  const speaker = message.direction === "in" ? "You: " : "Front desk: ";
  element.append(
    make("div", { class: "bubble" }, make("span", { class: "quiet" }, speaker), message.text),
  );
  if (message.picture) {
    // Its size is told, so that the log scrolls past it before it is there.
    const drawn = make("img", { class: "picture", src: picture, alt: message.text, width: 1024, height: 640 });
    element.firstChild.append(make("a", { href: picture, target: "_blank" }, drawn));
  }
  if (message.document) {
    element.firstChild.append(make("a", { class: "file", href: file, download: "" }, "Save the file"));
  }
  if (message.choices.length) element.append(choices(message, press));
  element.append(foot(message));
  return element;
}

// Other words stand in its place, without buttons and what went with it.
export function clear(element, words) {
  if (element.dataset.cleared) return;
  element.dataset.cleared = "yes";
  const speaker = element.querySelector(".bubble .quiet");
  element.querySelector(".bubble").replaceChildren(speaker, words);
  element.querySelector(".choices")?.remove();
}

export function showStatus(element, status) {
  const tick = element.querySelector(".tick");
  if (!tick || tick.dataset.status === status) return;
  tick.replaceWith(tickOf(status));
}

function choices(message, press) {
  const group = make("div", { class: "choices", role: "group", "aria-label": "Answers to pick" });
  for (const choice of message.choices) {
    group.append(
      make("button", { type: "button", onclick: () => press(choice, message) }, choice.label),
    );
  }
  return group;
}

function foot(message) {
  const line = make("p", { class: "foot" });
  if (KINDS[message.kind]) line.append(make("span", { class: "kind" }, KINDS[message.kind]));
  line.append(make("time", { datetime: message.at }, clock(message.at)), tickOf(message.status));
  if (message.sms) line.append(make("span", { class: "cost" }, `· ${cost(message.sms)}`));
  return line;
}

const cost = ({ segments, characters, encoding }) =>
  `${plural(segments, "segment")}, ${plural(characters, "character")}, ${encoding}`;

function tickOf(status) {
  const words = SAID[status] ?? status;
  return make(
    "span",
    { class: `tick ${status}`, role: "img", "aria-label": words, title: words, "data-status": status },
    icon(TICKS[status] ?? "waiting"),
  );
}

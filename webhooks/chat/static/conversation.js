// The conversation: what is in the log on the server, and the messages still on their way to it.

import { bubble, clear, showStatus } from "./bubbles.js";
import { byId, make } from "./elements.js";
import { documentOf, pictureOf, poll, post, randomId, read, Trouble } from "./server.js";
import { dayOf, nameOfDay, now, zone } from "./time.js";

const PAUSE = 1000;
const STILL_TYPING = 6000; // After that a silence is meant.
const BETWEEN_REPLIES = 320; // Two bubbles at once read like a form letter.
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export class Conversation {
  // `who()` is the chosen identity, or null for a visitor whom the cookie names. `prefix` begins the
  // ids of the window's parts.
  constructor(who, { ask, changed, prefix = "" }) {
    const part = (name) => byId(`${prefix}${name}`);
    this.who = who;
    this.ask = ask;
    this.changed = changed;
    this.log = part("log");
    this.chat = this.log.closest(".chat");
    this.welcome = part("welcome");
    this.typing = part("typing");
    this.trouble = part("trouble");
    this.clear();
    this.look = poll(() => this.#look(), PAUSE);
  }

  clear() {
    this.shown = new Map(); // Public id -> element
    this.waiting = [];
    this.unsent = null;
    this.last = null;
    this.epoch = (this.epoch ?? 0) + 1;
    this.day = null;
    this.#welcome();
    this.log.setAttribute("aria-busy", "true"); // Old messages are not read aloud.
    this.#quiet();
    this.#complain("");
  }

  // Show the text at once, send it, and take it back into the caller's hands when that fails.
  async send(content, shownAs = Object.values(content)[0]) {
    // What failed may have arrived all the same: sent again, it keeps its name.
    const id = this.unsent?.text === shownAs ? this.unsent.id : randomId();
    const epoch = this.epoch;
    const sketch = { id, direction: "in", text: shownAs, status: "sending", choices: [] };
    const element = this.#add({ ...sketch, at: now().toISOString() }, null);
    this.waiting.push(element);
    this.#complain("");
    this.#expectReply();
    try {
      await post("messages", { ...content, id, ...this.#identity() });
    } catch (trouble) {
      this.unsent = { id, text: shownAs };
      if (epoch === this.epoch) this.#takeBack(element, trouble);
      throw trouble;
    }
    this.unsent = null;
    if (epoch === this.epoch) await this.look();
  }

  #identity() {
    const identity = this.who();
    return identity ? { identity } : {};
  }

  async #look() {
    const epoch = this.epoch;
    let answer;
    try {
      answer = await read("messages", { ...this.who(), ...(this.last && { after: this.last }) });
    } catch (trouble) {
      if (epoch === this.epoch && trouble instanceof Trouble) this.#lost(trouble);
      return;
    }
    if (epoch !== this.epoch) return;
    if (this.isLost) this.#complain("");
    if (this.#missesSome(answer)) {
      this.last = null; // One became visible late; the next look reads all again.
    } else if (answer.messages.length) {
      this.last = answer.messages.at(-1).id;
    }
    await this.#show(answer.messages.filter(({ id }) => !this.shown.has(id)), epoch);
    if (epoch !== this.epoch) return;
    for (const [id, status] of Object.entries(answer.states)) {
      const element = this.shown.get(id);
      if (element) showStatus(element, status);
    }
    for (const [id, words] of Object.entries(answer.cleared)) {
      const element = this.shown.get(id);
      if (element) clear(element, words);
    }
    this.log.setAttribute("aria-busy", "false");
  }

  #missesSome({ messages, states }) {
    const come = new Set(messages.map(({ id }) => id));
    return Object.keys(states).some((id) => !this.shown.has(id) && !come.has(id)) && this.last;
  }

  async #show(messages, epoch) {
    const isHistory = !this.shown.size && !this.waiting.length;
    let replies = 0;
    for (const message of messages) {
      const sketch = message.direction === "in" ? this.waiting.shift() : null;
      sketch?.remove();
      if (message.direction === "out" && !isHistory && replies++ && !stillness.matches) {
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_REPLIES));
        if (epoch !== this.epoch) return;
      }
      if (message.direction === "out") this.#quiet();
      const element = this.#add(message, this.waiting[0] ?? null);
      if (isHistory || sketch) element.style.animation = "none";
      this.shown.set(message.id, element);
    }
    if (messages.length) this.changed();
  }

  // Put a message before another element (null: last); what is on its way stays below the rest.
  #add(message, before) {
    this.welcome.remove();
    this.chat.classList.add("talking");
    const above = before ? before.previousElementSibling : this.log.lastElementChild;
    const who = this.who();
    const beside = { picture: pictureOf(message, who), file: documentOf(message, who) };
    const element = bubble(message, (choice) => this.ask(choice, message), beside);
    if (above && !above.classList.contains(message.direction)) element.classList.add("turns");
    const day = dayOf(message.at);
    if (message.status !== "sending" && day !== this.day) {
      this.log.insertBefore(separator(message.at), before);
      this.day = day;
    }
    for (const old of this.log.querySelectorAll(".choices")) old.classList.add("past");
    this.log.insertBefore(element, before);
    this.log.scrollTop = this.log.scrollHeight;
    return element;
  }

  #expectReply() {
    this.typing.hidden = false;
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => this.#quiet(), STILL_TYPING);
  }

  #welcome() {
    this.log.replaceChildren(this.welcome);
    this.chat.classList.remove("talking");
  }

  #quiet() {
    this.typing.hidden = true;
    clearTimeout(this.typingEnds);
  }

  #takeBack(element, trouble) {
    element.remove();
    this.waiting = this.waiting.filter((waiting) => waiting !== element);
    if (!this.log.querySelector(".message")) this.#welcome();
    this.#quiet();
    this.#complain(trouble.message);
  }

  #lost(trouble) {
    if (this.trouble.hidden) this.#complain(trouble.message);
    this.isLost = true;
  }

  #complain(words) {
    this.trouble.textContent = words;
    this.trouble.hidden = !words;
    this.isLost = false;
  }
}

function separator(at) {
  const ago = (Date.parse(dayOf(now())) - Date.parse(dayOf(at))) / 86_400_000;
  // On a demo "today" is soon another day.
  const words =
    (zone ? null : { 0: "Today", 1: "Yesterday" }[ago]) ??
    nameOfDay(at, { weekday: "long", day: "numeric", month: "long" });
  return make("p", { class: "separator" }, words);
}

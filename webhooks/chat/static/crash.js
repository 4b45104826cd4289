// The worker is killed in the middle of sending: what becomes of each message, by our log and by the
// book of the demo's provider.

import { byId, make, openDialog, plural } from "./elements.js";
import { post, read, Trouble } from "./server.js";

const PAUSE = 400;
const PATIENCE = 90_000; // A new worker takes a second or two to start.
const DONE = ["sent", "delivered", "read"];
const LOST = ["failed", "undelivered", "dropped"];
const TERMS = { unreachable: "The demo can't be reached. Is it still running?" };

export class Crash {
  // `moveClock(to)` moves the demo's clock.
  constructor(moveClock) {
    this.moveClock = moveClock;
    this.dialog = byId("crash");
    this.button = byId("crash-send");
    this.words = byId("crash-result");
    this.dots = [...byId("letters").children];
    byId("open-crash").addEventListener("click", () => openDialog(this.dialog, this.button));
    byId("crash-close").addEventListener("click", () => this.dialog.close());
    this.button.addEventListener("click", () => this.#run());
  }

  // The button keeps the focus, so it is not disabled outright.
  #setBusy(busy) {
    this.busy = busy;
    this.dialog.classList.toggle("busy", busy);
    this.button.setAttribute("aria-disabled", busy);
  }

  async #run() {
    if (this.busy) return;
    this.#setBusy(true);
    this.hasWaited = false;
    this.#tell("The messages are being sent …");
    try {
      const { run } = await post("crash", {}, TERMS);
      await this.#watch(run);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.words.replaceChildren(make("p", { class: "rush-trouble" }, error.message));
    } finally {
      this.#setBusy(false);
    }
  }

  async #watch(run) {
    const until = Date.now() + PATIENCE;
    let unknown = null; // Those of which nobody knew, and how many of them had been taken.
    while (Date.now() < until) {
      const { ordered, messages } = await read(`crash/${run}`, {}, TERMS);
      messages.forEach((message, index) => (this.dots[index].className = look(message)));
      const count = (statuses) => messages.filter(({ status }) => statuses.includes(status)).length;
      if (messages.length && count([...DONE, ...LOST]) === messages.length) return this.#sum(messages, unknown);
      const lost = messages.filter(({ status }) => status === "unknown");
      if (!ordered && lost.length) {
        unknown ??= { all: lost.length, taken: lost.filter(({ taken }) => taken).length };
        if (count(["queued", "sending"]) === 0) await this.#wait(unknown);
        else this.#tell(`The worker is dead. ${plural(unknown.all, "message")}: unknown. A new worker sends the others.`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    throw new Trouble("It takes longer than it should. The ledger goes on showing what becomes of them.");
  }

  // What is unknown is asked about after half a minute; what is not there after ten goes out again.
  async #wait({ all }) {
    if (this.hasWaited) return;
    this.hasWaited = true;
    this.#tell(
      `${plural(all, "message")}: unknown. None is sent again on a guess; the provider is asked, and given`,
      "ten minutes to find it. So that you need not wait, the clock is moved on by a quarter of an hour.",
    );
    await this.moveClock("quarter");
  }

  #sum(messages, unknown) {
    const lost = messages.filter(({ status, taken }) => !DONE.includes(status) || taken === 0).length;
    const doubled = messages.filter(({ taken }) => taken > 1).length;
    const inBook = messages.reduce((sum, { taken }) => sum + taken, 0);
    const isBad = lost + doubled > 0;
    const head = isBad
      ? `${lost} lost, ${doubled} sent twice.`
      : `Nothing lost, nothing doubled: ${messages.length} in our log, ${inBook} in the provider’s book.`;
    const story = unknown
      ? `Of ${unknown.all} unknown, ${unknown.taken} had been taken, and were found; ${unknown.all - unknown.taken} had not, and went out after all.`
      : "None was unknown when this page looked.";
    this.words.replaceChildren(make("p", { class: isBad ? "rush-count bad" : "rush-count" }, head), make("p", {}, story));
    this.words.scrollIntoView({ block: "nearest" });
  }

  #tell(...sentences) {
    const said = sentences.join(" ");
    if (this.words.textContent !== said) this.words.replaceChildren(make("p", {}, said));
  }
}

function look({ status, taken }) {
  if (taken > 1 || LOST.includes(status)) return "doubled";
  if (DONE.includes(status)) return taken ? "delivered" : "doubled";
  return status;
}

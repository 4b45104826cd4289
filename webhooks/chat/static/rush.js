// Many people at one slot: what the server's run came to, as a crowd of dots and in plain words.

import { byId, make, openDialog } from "./elements.js";
import { Trouble, post } from "./server.js";

const TERMS = { patience: 40_000, unreachable: "The demo can't be reached. Is it still running?" };
const REPLAY = { shortest: 0.9, longest: 2.5 }; // Seconds, however long the run took.
const ANY_SLOT = "The next free slot of one practitioner";
const HINTS = {
  on: "They book through the code that answers the chat. The guard is a rule inside the database: two visits of one practitioner can't share a time, whoever writes them.",
  off: "The copy is made without that rule, and they do what many booking systems do: look whether the slot is free, then write the visit.",
};

export class Rush {
  constructor() {
    this.dialog = byId("rush");
    this.form = byId("rush-form");
    this.button = byId("rush-send");
    this.words = byId("rush-result");
    this.people = Number(this.dialog.dataset.people);
    this.dots = Array.from({ length: this.people }, () => make("i"));
    this.runs = {}; // "on" or "off" -> the last run of it
    byId("crowd").append(...this.dots);
    byId("open-rush").addEventListener("click", () => openDialog(this.dialog, byId("rush-send")));
    byId("rush-close").addEventListener("click", () => this.dialog.close());
    this.form.addEventListener("change", () => this.#turn());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run();
    });
    this.#turn();
  }

  get #guard() {
    return this.form.elements.guard.value;
  }

  // Show what is known of the chosen setting.
  #turn() {
    byId("rush-hint").textContent = HINTS[this.#guard];
    const run = this.runs[this.#guard];
    this.#clear();
    if (!run) return;
    run.answers.forEach((answer, index) => this.#mark(answer, index, run));
    this.#tell(run);
  }

  async #run() {
    if (this.busy) return;
    const guard = this.#guard;
    this.#setBusy(true);
    this.#clear();
    this.words.replaceChildren(make("p", {}, `${this.people} people are asking at once …`));
    try {
      const run = await post("rush", { guard: guard === "on" }, TERMS);
      this.runs[guard] = run;
      this.#nameSlot(run);
      shuffle(this.dots); // Nobody has a place in the crowd.
      await this.#replay(run);
      this.#tell(run);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.words.replaceChildren(make("p", { class: "rush-trouble" }, error.message));
    } finally {
      this.#setBusy(false);
    }
  }

  // The button keeps the focus, so it is not disabled outright.
  #setBusy(busy) {
    this.busy = busy;
    this.dialog.classList.toggle("busy", busy);
    this.button.setAttribute("aria-disabled", busy);
    for (const choice of this.form.elements.guard) choice.disabled = busy;
  }

  #clear() {
    for (const dot of this.dots) dot.className = "";
    this.words.replaceChildren();
    byId("rush-slot").textContent = ANY_SLOT;
  }

  // In the order in which the answers came, and in their measure of time.
  #replay(run) {
    const seconds = Math.min(Math.max(run.seconds, REPLAY.shortest), REPLAY.longest);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const pace = still ? Infinity : run.seconds / seconds;
    return new Promise((resolve) => {
      let begin = null;
      let next = 0;
      const step = (now) => {
        begin ??= now - 1;
        const reached = ((now - begin) / 1000) * pace;
        while (next < run.answers.length && run.answers[next].at <= reached) {
          this.#mark(run.answers[next], next, run);
          next += 1;
        }
        if (next < run.answers.length) requestAnimationFrame(step);
        else resolve();
      };
      requestAnimationFrame(step);
    });
  }

  // Whoever came first to a seat sits on it by right.
  #mark({ person, heard }, index, { answers, seats }) {
    const before = answers.slice(0, index).filter((answer) => answer.heard === "booked").length;
    this.dots[person].className = heard === "booked" && before >= seats ? "doubled" : heard;
  }

  #nameSlot({ slot }) {
    const when = make("strong", {}, `${slot.day}, ${slot.time}`);
    byId("rush-slot").replaceChildren(when, ` with ${slot.who}, ${slot.place}`);
  }

  #tell(run) {
    this.#nameSlot(run);
    const { head, rest, isBad } = inWords(run);
    this.words.replaceChildren(
      make("p", { class: isBad ? "rush-count bad" : "rush-count" }, head),
      make("p", {}, rest.join(" ")),
    );
    this.words.scrollIntoView({ block: "nearest" });
  }
}

function shuffle(list) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
}

function inWords({ answers, visits, seats, seconds }) {
  const count = (heard) => answers.filter((answer) => answer.heard === heard).length;
  const were = (number) => `${number} ${number === 1 ? "was" : "were"}`;
  const [booked, taken, trouble, nothing] = ["booked", "taken", "trouble", "nothing"].map(count);
  const isBad = visits > seats;
  const head = isBad
    ? `${booked} of ${answers.length} were told “booked” for the same slot.`
    : `${booked} of ${answers.length} got the slot.`;
  const rest = [
    taken && `${were(taken)} told it had just been taken.`,
    trouble && `${were(trouble)} told that something went wrong.`,
    nothing && `${were(nothing)} still waiting when time was up.`,
    isBad
      ? `The copy's calendar now holds ${visits} visits where ${seats} ${seats === 1 ? "fits" : "fit"}: without its guard nothing refuses.`
      : "Nobody was booked twice.",
    `It took ${seconds.toFixed(1)}\u00a0s.`,
  ];
  return { head, rest: rest.filter(Boolean), isBad };
}

// The demo's clock: it shows the clinic's time, and moves it ahead for all processes of the demo.

import { byId } from "./elements.js";
import { poll, post, read, Trouble } from "./server.js";
import { clock, nameOfDay, now, setNow } from "./time.js";

const PAUSE = 1000;

export class ClinicClock {
  // `moved()` is called when the clock has been moved here.
  constructor(moved) {
    this.moved = moved;
    this.face = byId("clock-now");
    this.news = byId("clock-news");
    this.steps = byId("clock-steps");
    this.steps.addEventListener("click", ({ target }) => target.dataset.to && this.move(target.dataset.to));
    const list = byId("try");
    list.open = matchMedia("(min-width: 1240px)").matches; // Elsewhere it would leave little room.
    this.#show();
    poll(() => this.#look(), PAUSE);
  }

  // Move it; what is refused is said in words. Buttons keep the focus, so they are not disabled.
  async move(to) {
    if (this.busy) return;
    this.busy = true;
    this.news.textContent = "";
    try {
      this.#take(await post("clock", { to }));
      this.news.textContent = `It is ${this.face.textContent} now.`;
      this.moved();
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.news.textContent = error.message;
    } finally {
      this.busy = false;
    }
  }

  // Another window may have moved it.
  async #look() {
    this.#take(await read("clock"));
  }

  #take({ now: iso }) {
    setNow(iso);
    this.#show();
  }

  #show() {
    const day = nameOfDay(now(), { weekday: "short", day: "numeric", month: "short" });
    this.face.textContent = `${day}, ${clock(now())}`;
  }
}

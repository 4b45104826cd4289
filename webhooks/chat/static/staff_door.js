// How one of the clinic's own people comes in on a demo: by a code, as everywhere, which is asked
// for here instead of in a terminal.

import { byId } from "./elements.js";
import { post, Trouble } from "./server.js";

export class StaffDoor {
  constructor(picker) {
    this.picker = picker;
    this.door = byId("staff-door");
    this.words = byId("staff-code");
    this.title = byId("welcome-title"); // Of what is taken off the page once somebody talks.
    byId("get-code").addEventListener("click", () => this.#ask());
    this.show();
  }

  show() {
    const person = this.picker.colleague();
    this.door.hidden = !person;
    byId("panel-chat").classList.toggle("at-desk", Boolean(person));
    this.title.textContent = person ? "You are at the desk now." : "You are a patient now.";
    this.words.textContent = person ? `${person.name} comes in by a code.` : "";
  }

  async #ask() {
    const { staff } = this.picker.colleague();
    try {
      const { code } = await post("staff-code", { staff });
      this.words.textContent = `Send this code: ${code}`;
      byId("message").value = code;
      byId("message").focus();
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      this.words.textContent = trouble.message;
    }
  }
}

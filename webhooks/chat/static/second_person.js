// Whose phone the second window is: one of the made-up people, by SMS.

import { byId, make } from "./elements.js";

const USUALLY = 1; // The first of them is who one is in the first window.

export class SecondPerson {
  constructor(changed) {
    const people = JSON.parse(byId("people").textContent).filter((person) => !person.on_file);
    this.select = byId("second-person");
    this.select.append(
      ...people.map(({ name, addresses }) => make("option", { value: addresses.sms }, `${name} · ${addresses.sms}`)),
    );
    this.select.selectedIndex = USUALLY;
    this.select.addEventListener("change", changed);
    this.select.form.addEventListener("submit", (event) => event.preventDefault());
  }

  identity() {
    return { channel: "sms", address: this.select.value };
  }
}

// Who one is, on a demo: a channel and an address on it, kept over a reload of this tab.

import { byId, make } from "./elements.js";

const KEY = "frontdesk identity";
const NAMES = { sms: "SMS", whatsapp: "WhatsApp", telegram: "Telegram", web: "Web" };
const LABELS = { sms: "Number", whatsapp: "Number", telegram: "Chat id", web: "Name" };
const OTHER = "other";
// 555-0100 to 555-0199 are kept for fiction, in every area.
const AREAS = [212, 303, 415, 512, 602, 617, 702, 808];

export class Picker {
  constructor(changed) {
    this.changed = changed;
    this.people = JSON.parse(byId("people").textContent);
    this.form = byId("picker");
    this.select = byId("person");
    this.other = byId("other");
    this.field = byId("address");
    this.invented = {}; // Channel -> address that is on no list
    this.#recall();
    this.form.addEventListener("change", (event) => this.#picked(event));
    this.form.addEventListener("submit", (event) => this.#typed(event));
    byId("new-number").addEventListener("click", () => this.#invent());
    this.#show();
  }

  get channel() {
    return this.form.elements.channel.value;
  }

  identity() {
    return { channel: this.channel, address: this.address };
  }

  // One of the clinic's own people, if that is who is chosen.
  colleague() {
    return this.people.find(({ staff, addresses }) => staff && addresses[this.channel] === this.address) ?? null;
  }

  // The phone of whoever is chosen, which Telegram could share.
  phone() {
    return this.people.find((person) => person.addresses[this.channel] === this.address)?.addresses.sms;
  }

  #recall() {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    if (NAMES[kept.channel]) this.form.elements.channel.value = kept.channel;
    this.address = kept.address ?? null;
    if (this.address && !this.#known().includes(this.address)) this.invented[this.channel] = this.address;
  }

  #known() {
    return this.people.map((person) => person.addresses[this.channel]).filter(Boolean);
  }

  #picked({ target }) {
    if (target === this.field) return;
    if (target.name === "channel") this.address = this.#sameOn(target.value);
    else if (target === this.select && target.value === OTHER) return this.#askForAddress();
    else if (target === this.select) this.address = target.value;
    this.#settle();
  }

  // Who was chosen stays chosen where they have an address on the new channel too.
  #sameOn(channel) {
    const person = this.people.find(({ addresses }) => Object.values(addresses).includes(this.address));
    return this.invented[channel] ?? person?.addresses[channel] ?? this.#known()[0];
  }

  #askForAddress() {
    this.other.hidden = false;
    this.field.value = "";
    this.field.focus();
  }

  #typed(event) {
    event.preventDefault();
    const address = this.field.value.trim();
    if (!address) return;
    this.#use(address);
  }

  #invent() {
    const line = String(Math.floor(100 + Math.random() * 100)).padStart(4, "0");
    const area = AREAS[Math.floor(Math.random() * AREAS.length)];
    const chat = String(Math.floor(1e8 + Math.random() * 9e8));
    const phone = `+1${area}555${line}`;
    this.#use({ telegram: chat, web: `visitor-${chat.slice(-5)}` }[this.channel] ?? phone);
  }

  #use(address) {
    this.invented[this.channel] = this.#known().includes(address) ? undefined : address;
    this.address = address;
    this.#settle();
  }

  #settle() {
    this.other.hidden = true;
    this.#show();
    this.changed();
  }

  #show() {
    this.address ??= this.#known()[0];
    const { channel } = this;
    sessionStorage.setItem(KEY, JSON.stringify(this.identity()));
    byId("panel-chat").dataset.channel = channel;
    byId("badge").textContent = NAMES[channel];
    byId("address-label").textContent = LABELS[channel];
    this.field.placeholder = { telegram: "415550142", web: "my-name" }[channel] ?? "+1 415 555 0142";
    byId("new-number").textContent = { telegram: "New chat", web: "New visitor" }[channel] ?? "New number";
    this.select.replaceChildren(...this.#options());
    this.select.value = this.address;
  }

  #options() {
    const { channel } = this;
    const option = (value, words) => make("option", { value }, words);
    const group = (label, people) =>
      make(
        "optgroup",
        { label },
        ...people.map(({ name, addresses }) => option(addresses[channel], `${name} · ${addresses[channel]}`)),
      );
    const here = this.people.filter(({ addresses }) => addresses[channel]);
    const onFile = here.filter((person) => person.on_file && !person.staff);
    const staff = here.filter((person) => person.staff);
    const invented = this.invented[channel];
    return [
      ...(invented ? [option(invented, `Somebody new · ${invented}`)] : []),
      group("Made-up people", here.filter((person) => !person.on_file)),
      ...(onFile.length ? [group("Patients on file", onFile)] : []),
      ...(staff.length ? [group("The clinic's own people", staff)] : []),
      option(OTHER, `Another ${LABELS[channel].toLowerCase()}…`),
    ];
  }
}

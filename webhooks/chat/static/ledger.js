// The ledger: every message of the house in one table, newest first, and how far each one got.

import { byId, make } from "./elements.js";
import { poll, read } from "./server.js";
import { clockWithSeconds } from "./time.js";

const PAUSE = 1000;
const ROWS = 40;
const CHANNELS = { sms: "SMS", whatsapp: "WhatsApp", telegram: "Telegram", web: "Web" };
const WAYS = { in: ["← ", "in"], out: ["→ ", "out"] };

export class Ledger {
  constructor() {
    this.body = byId("ledger");
    this.rows = new Map(); // Public id -> row
    this.last = null;
    this.look = poll(() => this.#look(), PAUSE);
  }

  async #look() {
    const answer = await read("ledger", this.last ? { after: this.last } : {});
    const isFirst = !this.rows.size;
    for (const message of answer.messages) this.#add(message, isFirst);
    for (const [id, state] of Object.entries(answer.states)) this.#update(id, state);
    this.last = answer.messages.at(-1)?.id ?? this.last;
    if (Object.keys(answer.states).some((id) => !this.rows.has(id))) this.last = null;
    byId("ledger-empty").hidden = this.rows.size > 0;
    if (answer.account?.sent) this.#sum(answer.account);
  }

  // Our log beside the provider's book, over all that was ever said.
  #sum({ sent, under_way: underWay, lost, doubled }) {
    const words = `${sent} sent${underWay ? `, ${underWay} under way` : ""}: ${lost} lost, ${doubled} doubled`;
    const account = byId("account");
    account.className = lost + doubled ? "bad" : "";
    if (account.textContent !== words) account.textContent = words;
  }

  #add(message, isFirst) {
    if (this.rows.has(message.id)) return;
    const cell = (words, kind = null) => make("td", { class: kind }, words);
    const [arrow, word] = WAYS[message.direction];
    const row = make("tr", { class: isFirst ? null : "fresh" });
    row.append(
      cell(clockWithSeconds(message.at), "time"),
      make("td", {}, arrow, make("span", { class: "way-word" }, word)),
      cell(CHANNELS[message.channel] ?? message.channel, "channel-column"),
      cell(message.address),
      cell(message.direction === "in" ? "message" : message.kind.replace("_", " "), "kind-column"),
      make("td", { class: "status" }),
      make("td", { class: "taken number" }),
      cell(message.segments || "", "number"),
    );
    this.rows.set(message.id, row);
    this.body.prepend(row);
    while (this.body.rows.length > ROWS) this.#forget(this.body.lastElementChild);
  }

  #forget(row) {
    row.remove();
    for (const [id, known] of this.rows) if (known === row) this.rows.delete(id);
  }

  #update(id, state) {
    const row = this.rows.get(id);
    if (!row || row.dataset.state === JSON.stringify(state)) return;
    row.dataset.state = JSON.stringify(state);
    const { status, error, times, taken } = state;
    row.querySelector(".taken").textContent = taken === null ? "" : `${taken}×`;
    const all = Object.entries(times).map(([state, at]) => `${state} ${clockWithSeconds(at)}`);
    const cell = row.querySelector(".status");
    cell.title = all.join(", ");
    cell.replaceChildren(make("span", { class: `state ${status}` }, status));
    if (error) cell.append(make("span", { class: "state-error" }, error));
    if (times[status]) cell.append(make("span", { class: "state-time" }, clockWithSeconds(times[status])));
  }
}

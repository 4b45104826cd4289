// The ledger: every message of the house in one table, newest first, and how far each one got.

import { byId, clockWithSeconds, make } from "./elements.js";
import { poll, read } from "./server.js";

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
  }

  #add(message, isFirst) {
    if (this.rows.has(message.id)) return;
    const cell = (words, kind = null) => make("td", { class: kind }, words);
    const [arrow, word] = WAYS[message.direction];
    const row = make("tr", { class: isFirst ? null : "fresh" });
    row.append(
      cell(clockWithSeconds(message.at), "time"),
      make("td", {}, arrow, make("span", { class: "way-word" }, word)),
      cell(CHANNELS[message.channel] ?? message.channel),
      cell(message.address),
      cell(message.direction === "in" ? "message" : message.kind.replace("_", " "), "kind-column"),
      make("td", { class: "status" }),
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

  #update(id, { status, error, times }) {
    const row = this.rows.get(id);
    if (!row || row.dataset.state === JSON.stringify(times) + status) return;
    row.dataset.state = JSON.stringify(times) + status;
    const all = Object.entries(times).map(([state, at]) => `${state} ${clockWithSeconds(at)}`);
    const cell = row.querySelector(".status");
    cell.title = all.join(", ");
    cell.replaceChildren(make("span", { class: `state ${status}` }, status));
    if (error) cell.append(make("span", { class: "state-time" }, error));
    if (times[status]) cell.append(make("span", { class: "state-time" }, clockWithSeconds(times[status])));
  }
}

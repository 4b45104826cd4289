"use strict";
// All that is shown goes in as text: what people write is never markup.

const byId = (id) => document.getElementById(id);
const own = []; // What was written here; the ledger has only what the desk says.
const MOST_SHOWN = 500;
let ledger = [];
let state = null;
let phoneShows = "";

async function order(path, body) {
  byId("problem").textContent = "";
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
    return true;
  } catch (error) {
    byId("problem").textContent = error.message;
    return false;
  } finally {
    refresh();
  }
}

function values(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") found[field.name] = field.checked;
    else if (field.type === "number") found[field.name] = Number(field.value);
    else found[field.name] = field.value;
  }
  return found;
}

const who = () => values(byId("who"));

function whose() {
  const { channel, from } = who();
  return channel === "whatsapp" ? `whatsapp:${from}` : from;
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function on(id, act) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act(event.target);
  });
}

async function said(path, text, extra) {
  const { channel } = who();
  const after = (state ? state.said : 0) + 0.5; // Between what was said before and the answer.
  if (await order(path, { ...who(), ...extra })) own.push({ channel, to: whose(), text, after });
  show();
}

on("who", () => show());
on("write", async (form) => {
  await said("/write", form.text.value, { text: form.text.value });
  form.text.value = "";
});
on("bad", (form) => order("/bad-number", { ...who(), ...values(form) }));
on("weather", (form) => order("/weather", values(form)));
on("habits", (form) => order("/habits", values(form)));
on("clock", (form) => order("/clock", values(form)));
on("template", (form) => order("/template", values(form)));
for (const button of document.querySelectorAll("[data-order]"))
  button.addEventListener("click", () => order(button.dataset.order, who()));
byId("who").addEventListener("change", (event) => {
  const { channel, from } = who();
  if (event.target.name === "channel" && (channel === "telegram") === from.startsWith("+"))
    byId("who").from.value = channel === "telegram" ? "1000001" : "+14155550123";
  show();
});

function phone() {
  const { channel } = who();
  const mine = own.filter((each) => each.channel === channel && each.to === whose());
  const theirs = ledger.filter(
    (each) => each.channel === channel && each.to === whose() && each.outcome !== "refused",
  );
  const arrived = theirs.filter((each) => !["failed", "undelivered"].includes(each.status));
  const standing = arrived.filter(
    (each) => !arrived.some((edit) => edit.outcome === "edited" && edit.number > each.number && edit.provider_id === each.provider_id),
  );
  // What stands there already stays: a click on a button that is made anew would be lost.
  const seen = JSON.stringify([channel, whose(), mine, standing]);
  if (seen === phoneShows) return;
  phoneShows = seen;
  const lines = [
    ...mine.map((each) => [each.after, element("li", each.text, "theirs")]),
    ...standing.map((each) => [each.number, bubble(each)]),
  ];
  lines.sort((one, other) => one[0] - other[0]);
  byId("messages").replaceChildren(...lines.map((line) => line[1]));
  byId("messages").scrollTop = byId("messages").scrollHeight;
}

function bubble(entry) {
  const made = element("li", entry.text);
  for (const label of entry.buttons) {
    const button = element("button", label);
    button.type = "button";
    button.addEventListener("click", () => said("/press", label, { label }));
    made.append(button);
  }
  const told = [entry.status, entry.outcome === "by provider" ? "Twilio's own" : "", entry.samples.length ? "a SAMPLE stands in it" : ""];
  const line = told.filter(Boolean).join(" · ");
  if (line) made.append(element("small", line));
  return made;
}

function books() {
  const doubled = new Set(state.doubled.map((key) => key.join("\n")));
  const rows = [...ledger].reverse().map((entry) => {
    const row = document.createElement("tr");
    const key = [entry.channel, entry.to, entry.our_id || entry.text].join("\n");
    if (entry.outcome === "refused") row.className = "refused";
    else if (doubled.has(key)) row.className = "doubled";
    const outcome = [entry.outcome, entry.code, entry.is_answered ? "" : "never heard of"].filter(Boolean).join(" ");
    const cells = [entry.number, entry.at.slice(0, 19).replace("T", " "), entry.channel, entry.to, entry.text, outcome, entry.status, entry.segments || "", entry.price, entry.our_id];
    row.append(...cells.map((cell) => element("td", String(cell))));
    return row;
  });
  byId("ledger").replaceChildren(...rows);
}

function standing() {
  byId("desk").textContent = state.desk;
  const told = {
    "Clock": state.now,
    "Twilio": state.weather.twilio.kind,
    "Telegram": state.weather.telegram.kind,
    "Opted out": state.opted_out.join(", ") || "nobody",
    "Blocked the bot": state.blocked.join(", ") || "nobody",
    "Bad numbers": Object.entries(state.bad_numbers).map((pair) => pair.join(": ")).join(", ") || "none",
    "Buttons that still turn": state.turning,
    "Said twice": state.doubled.length,
    "Paid": `$${state.price}`,
    "Webhooks that failed": state.alerts.map((alert) => `${alert.url} ${alert.reason}`).join(", ") || "none",
  };
  byId("state").replaceChildren(
    ...Object.entries(told).flatMap(([name, value]) => [element("dt", name), element("dd", String(value))]),
  );
}

function options(select, wanted) {
  const before = [...select.options].map((option) => option.value).join();
  if (before === wanted.map(([value]) => String(value)).join()) return;
  select.replaceChildren(...wanted.map(([value, label]) => {
    const option = element("option", label);
    option.value = value;
    return option;
  }));
}

function show() {
  if (!state) return;
  phone();
  books();
  standing();
  const { weather, codes, templates } = state.choices;
  options(byId("weather").kind, weather.map((kind) => [kind, kind]));
  options(byId("bad").code, [["landline", "a landline"], ...codes.map((code) => [code, `bad: ${code}`])]);
  options(byId("template").status, templates.map((status) => [status, status]));
  options(byId("template").sid, state.templates.map((each) => [each.sid, `${each.name} (${each.status})`]));
}

let asking = false;
let shown = "";

async function refresh() {
  if (asking) return;
  asking = true;
  try {
    state = await (await fetch("/state")).json();
    // Not only what is new: what became of an older message may have changed.
    const books = await fetch(`/ledger?after=${Math.max(0, state.said - MOST_SHOWN)}`);
    ledger = await books.json();
    const seen = JSON.stringify([ledger, { ...state, now: "" }]);
    if (seen !== shown) show();
    else standing();
    shown = seen;
  } catch {
    byId("problem").textContent = "The simulator does not answer: was it stopped?";
  } finally {
    asking = false;
  }
}

refresh();
setInterval(refresh, 1000);

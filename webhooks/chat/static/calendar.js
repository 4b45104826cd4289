// The clinic's day: a column for each practitioner, and each visit at its minute. Live.

import { byId, make } from "./elements.js";
import { poll, read } from "./server.js";
import { markNews } from "./tabs.js";

const PAUSE = 1000;
const FRESH = 20_000; // How long a new visit stands out.
const DAY = 86_400_000;
const STATUS = { no_show: "did not come", held: "being asked", pending: "waits for approval" };

const minutes = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

export class Calendar {
  constructor() {
    this.board = byId("day");
    this.date = byId("date");
    this.location = byId("location");
    this.follow = byId("follow");
    this.fresh = new Map(); // Public id of a visit -> when it appeared
    this.seen = new Map(); // Public id -> version, of the day in view
    this.wish = { date: "", location: "" };
    this.date.addEventListener("change", () => this.date.value && this.#turnTo({ date: this.date.value }));
    this.location.addEventListener("change", () => this.#turnTo({ location: this.location.value }));
    byId("day-before").addEventListener("click", () => this.#step(-1));
    byId("day-after").addEventListener("click", () => this.#step(1));
    this.look = poll(() => this.#look(), PAUSE);
  }

  #step(days) {
    const day = new Date(`${this.date.value}T12:00:00Z`).getTime() + days * DAY;
    this.#turnTo({ date: new Date(day).toISOString().slice(0, 10) });
  }

  #turnTo(wish) {
    this.wish = { ...this.wish, ...wish };
    this.drawn = null;
    return this.look();
  }

  async #look() {
    const wish = this.wish;
    const day = await read("day", wish);
    if (wish !== this.wish) return;
    if (this.#follow(day.latest)) return void setTimeout(() => this.look());
    this.wish = { date: day.date, location: day.location };
    this.#show(day);
  }

  // Turn to the day of what has just happened; true when that is another one.
  #follow(latest) {
    const known = this.latest;
    this.latest = latest?.event ?? 0;
    if (known === undefined || known === this.latest) return false;
    this.fresh.set(latest.id, Date.now());
    markNews("calendar");
    const { date, location } = this.wish;
    if (!this.follow.checked || (latest.date === date && latest.location === location)) return false;
    this.wish = { date: latest.date, location: latest.location };
    this.drawn = null;
    return true;
  }

  #show(day) {
    this.#announce(day);
    const picture = JSON.stringify([day, [...this.#young()]]);
    if (picture === this.drawn) return;
    const newest = [...this.fresh.keys()].at(-1);
    const turned = !this.drawn || newest !== this.newest;
    this.newest = newest;
    this.drawn = picture;
    this.date.value = day.date;
    this.#offerLocations(day);
    this.#name(day);
    this.#draw(day);
    if (turned) this.#bringIntoView();
  }

  #young() {
    for (const [id, since] of this.fresh) if (Date.now() - since > FRESH) this.fresh.delete(id);
    return this.fresh.keys();
  }

  // Mark what is new on the day in view, and say it to those who do not see it.
  #announce({ date, location, practitioners }) {
    const view = `${date} ${location}`;
    const seen = new Map();
    for (const { name, appointments } of practitioners) {
      for (const visit of appointments) {
        seen.set(visit.id, visit.version);
        const isNew = this.view === view && this.seen.get(visit.id) !== visit.version;
        if (isNew) this.fresh.set(visit.id, Date.now());
        if (isNew || (this.fresh.has(visit.id) && !this.seen.has(visit.id))) {
          byId("calendar-news").textContent = `${name}, ${visit.start}: ${STATUS[visit.status] ?? visit.status}`;
        }
      }
    }
    this.seen = seen;
    this.view = view;
  }

  #offerLocations({ locations, location }) {
    if (this.location.options.length !== locations.length) {
      this.location.replaceChildren(...locations.map((name) => make("option", { value: name }, name)));
    }
    this.location.value = location;
  }

  #name({ date, today, zone }) {
    const day = new Date(`${date}T12:00:00Z`);
    const words = day.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
    const isToday = date === today ? " · today" : "";
    byId("day-name").replaceChildren(make("strong", {}, words), `${isToday} · ${zone.split("/").at(-1).replaceAll("_", " ")} time`);
  }

  #draw(day) {
    const { scrollTop, scrollLeft } = this.board;
    const working = day.practitioners.flatMap(({ hours }) => hours);
    if (day.closed || !working.length) {
      const why = day.closed ? `Closed: ${day.closed}` : "Closed on this day";
      return this.board.replaceChildren(make("p", { class: "closed" }, make("strong", {}, why), "Try another day."));
    }
    this.first = Math.floor(Math.min(...working.map(([from]) => minutes(from))) / 60) * 60;
    this.last = Math.ceil(Math.max(...working.map(([, until]) => minutes(until))) / 60) * 60;
    this.board.replaceChildren(this.#axis(), ...day.practitioners.map((person) => this.#column(person, day)));
    this.board.scrollTo({ top: scrollTop, left: scrollLeft, behavior: "instant" });
  }

  #lane(...children) {
    const lane = make("ul", { class: "lane" }, ...children);
    lane.style.height = `calc(var(--hour) * ${(this.last - this.first) / 60})`;
    return lane;
  }

  #axis() {
    const lane = make("div", { class: "lane" });
    for (let at = this.first; at < this.last; at += 60) {
      lane.append(this.#at(make("span", { class: "tick-hour" }, `${at / 60}:00`), at));
    }
    return make("div", { class: "axis", "aria-hidden": "true" }, make("div", { class: "axis-head" }), lane);
  }

  #column(person, day) {
    const lane = this.#lane();
    const stretch = ([from, until], kind, words) =>
      this.#at(make("li", { class: kind, "aria-hidden": words ? null : "true" }, words), minutes(from), minutes(until));
    lane.append(...person.hours.map((hours) => stretch(hours, "open", "")));
    lane.append(...person.breaks.map((pause) => stretch(pause, "pause", "Break")));
    lane.append(...person.absences.map((absence) => stretch(absence, "pause", "Away")));
    if (!person.hours.length) lane.append(make("li", { class: "off" }, "Not in"));
    lane.append(...person.appointments.map((visit) => this.#visit(visit)));
    if (day.date === day.today && minutes(day.now) >= this.first && minutes(day.now) <= this.last) {
      lane.append(this.#at(make("li", { class: "now-line", "aria-hidden": "true" }), minutes(day.now)));
    }
    lane.setAttribute("aria-label", `${person.name}, ${person.specialty}`);
    const head = make("h3", { class: "column-head", title: `${person.name}, ${person.specialty}` });
    head.append(make("strong", {}, person.name), make("span", {}, person.specialty));
    return make("div", { class: "column" }, head, lane);
  }

  #visit(visit) {
    const status = STATUS[visit.status] ?? visit.status;
    const words = `${visit.start} to ${visit.end}, ${visit.patient || "somebody"}, ${status}`;
    const block = make("li", {
      class: `visit ${visit.status}${this.fresh.has(visit.id) ? " fresh" : ""}`,
      "data-id": visit.id,
      title: words,
    });
    block.append(
      make("span", { class: "quiet" }, words),
      make("span", { "aria-hidden": "true" }, make("b", {}, visit.start), ` ${visit.patient || "…"} · ${status}`),
    );
    return this.#at(block, minutes(visit.start), minutes(visit.end));
  }

  #at(element, from, until = null) {
    element.style.top = `calc(var(--hour) * ${(Math.max(from, this.first) - this.first) / 60})`;
    if (until !== null) {
      const length = Math.min(until, this.last) - Math.max(from, this.first);
      element.style.height = `calc(var(--hour) * ${Math.max(length, 0) / 60} - 1px)`;
    }
    return element;
  }

  // Bring what is new into view, else the present hour, else the first visit.
  #bringIntoView() {
    const target =
      this.board.querySelector(".visit.fresh") ?? this.board.querySelector(".now-line") ?? this.board.querySelector(".visit");
    if (!target) return;
    const { parentElement: lane } = target;
    this.board.scrollTop = Math.max(0, target.offsetTop - this.board.clientHeight / 3);
    if (target.matches(".fresh")) this.board.scrollLeft = Math.max(0, lane.parentElement.offsetLeft - 60);
  }
}

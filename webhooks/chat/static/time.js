// What time it is at the clinic: a demo's clock may be ahead of this machine's. A visitor's page goes
// by the browser's own time and zone.

let ahead = 0;

export const zone = document.body.dataset.zone; // Undefined: the browser's own.
export const now = () => new Date(Date.now() + ahead);
export const setNow = (iso) => (ahead = new Date(iso) - Date.now());

if (document.body.dataset.now) setNow(document.body.dataset.now);

const shown = (iso, form) => new Date(iso).toLocaleTimeString([], { ...form, timeZone: zone });
export const clock = (iso) => shown(iso, { hour: "numeric", minute: "2-digit" });
export const clockWithSeconds = (iso) => shown(iso, { timeStyle: "medium", hourCycle: "h23" });
export const dayOf = (at) => new Date(at).toLocaleDateString("en-CA", { timeZone: zone }); // 2026-03-02
export const nameOfDay = (at, form) => new Date(at).toLocaleDateString([], { ...form, timeZone: zone });

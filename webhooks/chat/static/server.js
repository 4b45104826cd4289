// How the page talks to the server: JSON over fetch, and every failure as a sentence.

export class Trouble extends Error {}

const WORDS = {
  403: "This chat has expired. Please load the page again.",
  404: "The web chat is closed now.",
  413: "That is too long. Please send it in shorter pieces.",
  429: "That was a lot of messages. Please wait a minute and send it again.",
  503: "The front desk is out of order for a moment. Please try again.",
};
const UNREACHABLE = "The front desk can't be reached. Your text is kept; please try again.";
const PATIENCE = 20_000;

export const read = (path, query = {}, terms = {}) => ask(`chat/${path}?${new URLSearchParams(query)}`, {}, terms);

export const post = (path, body, terms = {}) =>
  ask(
    `chat/${path}`,
    { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
    terms,
  );

// Where what goes with a message is to be had.
export const pictureOf = (message, who) =>
  `chat/pictures/${message.id}.png?${new URLSearchParams(who ?? {})}`;

export const documentOf = (message, who) =>
  `chat/documents/${message.id}?${new URLSearchParams(who ?? {})}`;

// `crypto.randomUUID` is missing on plain http.
export const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function ask(url, options = {}, { patience = PATIENCE, unreachable = UNREACHABLE } = {}) {
  let response;
  try {
    response = await fetch(url, { ...options, signal: AbortSignal.timeout(patience) });
  } catch {
    throw new Trouble(unreachable);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    throw new Trouble(answer?.error ?? WORDS[response.status] ?? WORDS[503]);
  }
  if (answer === null) throw new Trouble(unreachable);
  return answer;
}

// Call `look` now and every `pause` milliseconds, one at a time; returns a function that looks at
// once, after a look that is under way: that one may have left too early. A page that nobody sees
// looks seldom.
export function poll(look, pause) {
  let timer = 0;
  let running = null;
  const round = async () => {
    while (running) await running;
    clearTimeout(timer);
    running = Promise.resolve(look()).catch(() => {});
    await running;
    running = null;
    clearTimeout(timer);
    timer = setTimeout(round, document.hidden ? pause * 10 : pause);
  };
  document.addEventListener("visibilitychange", () => document.hidden || round());
  round();
  return round;
}

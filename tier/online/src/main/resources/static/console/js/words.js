// The words of the page in the reader's language; the server puts them on the body element.
const words = JSON.parse(document.body.dataset.words ?? "{}");

export const language = document.documentElement.lang;

/** Returns the text of a key with {0}, {1} … filled in; the key itself where there is none. */
export function t(key, ...values) {
  const pattern = words[key];
  if (pattern === undefined) {
    return key;
  }
  return pattern.replace(/\{(\d)\}/g, (whole, index) => values[Number(index)] ?? whole);
}

/** Returns whether the page has words for a key. */
export const hasWords = key => words[key] !== undefined;

const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const scores = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 3 });
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

export const number = value => numbers.format(value);
export const score = value => scores.format(value);
export const millis = value => (value >= 1000 ? `${numbers.format(value / 1000)} s` : `${numbers.format(value)} ms`);
export const time = value => clock.format(new Date(value));
export const dateTime = value => moment.format(new Date(value));

// Recommendations with their reasons in words; a click on one is reported with the exposure it came from.
import { recommendations, report } from "./api.js";
import { el } from "./dom.js";
import { failure } from "./failure.js";
import { hasWords, t } from "./words.js";

/** Puts a reason code such as linked-from:IndexWriter into words. */
export function reason(code) {
  const colon = code.indexOf(":");
  const name = colon < 0 ? code : code.slice(0, colon);
  const argument = colon < 0 ? "" : short(name, code.slice(colon + 1));
  const key = `js.reason.${name}`;
  return hasWords(key) ? t(key, argument) : `${name.replaceAll("-", " ")}${argument ? ` ${argument}` : ""}`;
}

/** Identities of documents are long: their last part is what people know them by, and packages are dotted. */
function short(name, argument) {
  const parts = argument.split("/");
  return name === "same-package" && parts.length > 1 ? parts.slice(1).join(".") : parts.at(-1);
}

/** Reports that a suggestion was opened. */
export function clicked(item, exposure, surface) {
  return report({ type: "clicked", document: item.document, exposure, surface }).catch(() => undefined);
}

/** Makes one suggestion. */
export function suggestion(item, exposure, surface, onClick) {
  const place = (item.path ?? []).filter(part => part !== item.title);
  return el("li", {},
    el("a", {
      class: "title", href: item.url, "data-title": item.title,
      onclick: () => { clicked(item, exposure, surface); onClick?.(item); },
    }, item.title),
    place.length > 0 ? el("div", { class: "crumbs" }, place.map(part => el("span", {}, part))) : null,
    el("div", { class: "reasons" }, (item.reasons ?? []).map(code => el("span", {}, reason(code)))));
}

/** Fills an element that carries the id of a document with the pages related to it. */
export async function related(box) {
  try {
    const list = await recommendations(box.dataset.related, 6);
    box.replaceChildren(list.items.length === 0
      ? el("p", { class: "empty" }, t("js.related.none"))
      : el("ul", { class: "suggestions" }, list.items.map(item => suggestion(item, list.exposure, "related"))));
  } catch (problem) {
    box.replaceChildren(failure(problem, () => related(box)));
  }
}

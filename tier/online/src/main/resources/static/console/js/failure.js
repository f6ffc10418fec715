// Tells kindly what went wrong and what to do about it.
import { CallFailed } from "./api.js";
import { el, icon } from "./dom.js";
import { t } from "./words.js";

/** Makes a notice for a failed call; again, if given, tries once more. */
export function failure(problem, again) {
  const known = problem instanceof CallFailed ? problem : new CallFailed(500, String(problem?.message ?? problem));
  return el("div", { class: "notice bad", role: "alert" }, icon("alert"),
    el("div", {},
      el("b", {}, known.title),
      known.message ? el("span", {}, known.message) : null,
      el("span", { class: "soft" }, known.remedy),
      el("div", { class: "row" },
        known.kind === "login" ? el("a", { class: "button small", href: `/login?next=${encodeURIComponent(location.pathname)}` }, t("js.login")) : null,
        again ? el("button", { class: "button small", type: "button", onclick: again }, t("js.again")) : null)));
}

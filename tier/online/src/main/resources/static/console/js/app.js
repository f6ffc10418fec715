// What every page does: theme switch, times in words, keys, dialogs that confirm.
import { el, toast } from "./dom.js";
import { language, t } from "./words.js";

const root = document.documentElement;
const year = 60 * 60 * 24 * 365;

for (const button of document.querySelectorAll("[data-theme-choice]")) {
  button.addEventListener("click", () => {
    const choice = button.dataset.themeChoice;
    if (choice === "system") root.removeAttribute("data-theme");
    else root.dataset.theme = choice;
    document.cookie = `millrace_theme=${choice}; path=/; max-age=${year}; samesite=lax`;
    for (const other of document.querySelectorAll("[data-theme-choice]")) {
      other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
    }
    document.dispatchEvent(new CustomEvent("themechange"));
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  document.dispatchEvent(new CustomEvent("themechange")));

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });

/** Writes the times below an element as distances from now. */
export function tellTimes(below) {
  for (const time of below.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    const seconds = (at - Date.now()) / 1000;
    const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
    time.textContent = relative.format(Math.round(seconds / size), unit);
    time.title = full.format(at);
  }
}
tellTimes(document);
document.addEventListener("htmx:afterSwap", event => tellTimes(event.detail.elt));

document.addEventListener("keydown", event => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = document.querySelector("[data-main-field]");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});

document.addEventListener("click", event => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    for (const [name, value] of Object.entries(opener.dataset)) {
      if (name.startsWith("fill")) {
        const field = name.slice(4).toLowerCase();
        dialog.querySelectorAll(`[name="${field}"]`).forEach(input => { input.value = value; });
        dialog.querySelectorAll(`[data-shown="${field}"]`).forEach(place => { place.textContent = value; });
      }
    }
    dialog.querySelectorAll("[data-outcome]").forEach(place => place.replaceChildren());
    dialog.showModal();
  }
  if (event.target.closest("[data-dismiss]")) {
    event.target.closest("dialog").close();
  }
  const copied = event.target.closest("[data-copy]");
  if (copied) {
    copy(copied.dataset.copy);
  }
});

/** Copies a text, also where the clipboard interface is refused because the page came without TLS. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = el("textarea", { class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  toast(t("js.copied"));
}

document.addEventListener("htmx:responseError", event => {
  if (event.detail.xhr.status === 401) {
    location.reload(); // The session has ended: the gateway leads to the sign-in page and back.
    return;
  }
  toast(t("js.error.broken.title") + (event.detail.xhr.status ? ` (${event.detail.xhr.status})` : ""));
});
document.addEventListener("htmx:sendError", () => toast(t("js.error.offline.title")));

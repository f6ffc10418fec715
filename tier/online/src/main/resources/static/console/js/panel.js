// The panel at the side: beside the page where there is room, over it where there is none.
import { call } from "./api.js";
import { el, icon } from "./dom.js";
import { failure } from "./failure.js";
import { anchorOf, highlightCitation } from "./highlight.js";
import { related } from "./recommend.js";
import { t } from "./words.js";

const panel = document.querySelector("dialog.panel");
const narrow = matchMedia("(max-width: 1180px)");
let opener = null;

/** Shows content under a title; address, if given, is where the whole page is. */
export function openPanel(title, content, address) {
  if (!panel.open) {
    opener = document.activeElement;
  }
  panel.replaceChildren(
    el("header", {},
      el("h2", { id: "panel-title", tabindex: "-1" }, title),
      address ? el("a", { class: "button plain small", href: address }, icon("open", "small"), t("js.panel.open")) : null,
      el("button", { class: "button plain square", type: "button", "aria-label": t("js.close"), onclick: closePanel }, icon("close"))),
    el("div", { class: "content" }, content));
  if (!panel.open) {
    if (narrow.matches) panel.showModal();
    else panel.show();
  }
  panel.querySelector("#panel-title").focus({ preventScroll: true });
}

export function closePanel() {
  panel.close();
  if (opener?.isConnected) {
    opener.focus();
  }
}

/** Shows a stored document, scrolled to its anchor, with the quoted words marked. */
export async function openDocument(address, title, quote) {
  const url = new URL(address, location.href);
  const content = el("div", {}, el("p", { class: "quiet" }, t("js.loading")));
  const whole = quote ? `${url.pathname}?quote=${encodeURIComponent(quote)}${url.hash}` : address;
  openPanel(title, content, whole);
  try {
    const response = await call(`${url.pathname}?part=panel`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    content.replaceChildren(...page.body.childNodes);
    const found = highlightCitation(content, anchorOf(url), quote);
    found?.scrollIntoView({ block: found.matches("mark") ? "center" : "start" });
    content.querySelectorAll("[data-related]").forEach(related);
  } catch (problem) {
    content.replaceChildren(failure(problem));
  }
}

if (panel) {
  panel.addEventListener("click", event => {
    if (event.target === panel) {
      closePanel();
      return;
    }
    const link = event.target.closest("a[href^='/documents/']");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (link && plain && !link.closest("header")) {
      event.preventDefault();
      openDocument(link.getAttribute("href"), link.dataset.title ?? link.textContent.trim());
    }
  });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && panel.open && !narrow.matches && !document.querySelector("dialog:modal")) {
      closePanel();
    }
  });
  narrow.addEventListener("change", () => panel.open && panel.close());
}

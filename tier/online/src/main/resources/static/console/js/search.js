// Hits open in the panel; the list itself comes from the server as one types.
import { report } from "./api.js";
import { openDocument } from "./panel.js";

document.getElementById("hits").addEventListener("click", event => {
  const link = event.target.closest("a[data-hit]");
  if (!link) {
    return;
  }
  const search = link.closest("[data-search]").dataset.search;
  const from = search ? { exposure: search } : {};
  report({ type: "clicked", document: link.dataset.hit, surface: "search", ...from }).catch(() => undefined);
  if (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openDocument(link.getAttribute("href"), link.dataset.title);
  }
});

// For you: the gateway's suggestions, asked for again after each click so that one sees them change.
import { recommendations } from "./api.js";
import { el } from "./dom.js";
import { failure } from "./failure.js";
import { openDocument } from "./panel.js";
import { suggestion } from "./recommend.js";
import { t } from "./words.js";

const list = document.getElementById("foryou");
const strategy = document.getElementById("strategy");
const MOST = 18;
let shown = new Set();

async function refresh() {
  try {
    const result = await recommendations(null, MOST);
    strategy.textContent = result.strategy ? t("js.home.strategy", result.strategy) : "";
    const first = shown.size === 0;
    const cards = result.items.map(item => {
      const card = suggestion(item, result.exposure, "home", () => setTimeout(refresh, 1500));
      card.classList.toggle("fresh", !first && !shown.has(item.document));
      return card;
    });
    shown = new Set(result.items.map(item => item.document));
    list.replaceChildren(...(cards.length > 0 ? cards : [el("li", { class: "empty" }, el("b", {}, t("js.home.none.title")), t("js.home.none"))]));
  } catch (problem) {
    list.replaceChildren(el("li", {}, failure(problem, refresh)));
  }
}

list.addEventListener("click", event => {
  const link = event.target.closest("a.title");
  if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openDocument(link.getAttribute("href"), link.dataset.title);
  }
});
document.getElementById("again").addEventListener("click", refresh);
refresh();

// A document's page: the quoted words marked, the related pages beside it.
import { highlight } from "./highlight.js";
import { related } from "./recommend.js";

const quote = new URLSearchParams(location.search).get("quote");
const paper = document.querySelector(".paper");
if (quote && paper) {
  const anchor = decodeURIComponent(location.hash.slice(1));
  const part = anchor === "" ? null : [...paper.querySelectorAll("[data-anchor]")].find(e => e.dataset.anchor === anchor);
  const marked = (part && highlight(part, quote)) ?? highlight(paper, quote);
  marked?.scrollIntoView({ block: "center" });
}
document.querySelectorAll("[data-related]").forEach(related);

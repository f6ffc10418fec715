// A document's page: the quoted words marked, the related pages beside it.
import { anchorOf, highlightCitation } from "./highlight.js";
import { related } from "./recommend.js";

const quote = new URLSearchParams(location.search).get("quote");
const paper = document.querySelector(".paper");
if (quote && paper) {
  highlightCitation(paper, anchorOf(location), quote)?.scrollIntoView({ block: "center" });
}
document.querySelectorAll("[data-related]").forEach(related);

// Finds quoted words in a rendered page and marks them, across elements and differences of spacing.
import { el } from "./dom.js";

const LETTER = /[\p{L}\p{N}]/u;

/**
 * Marks what a citation points at: the quoted words in the part with the anchor, or elsewhere on the page; where only
 * the name of the part was quoted, its heading.
 *
 * @param root that has parts with data-anchor
 * @param anchor of a part; empty for none
 * @return the first mark or, without a quote, the part; null when there is neither
 */
export function highlightCitation(root, anchor, quote) {
  const part = anchor === "" ? null : [...root.querySelectorAll("[data-anchor]")].find(e => e.dataset.anchor === anchor) ?? null;
  if (!quote) {
    return part;
  }
  const heading = part?.querySelector("h2");
  return (part && highlight(part, quote)) ?? highlight(root, quote) ?? (heading && highlight(heading, heading.firstChild.data)) ?? part;
}

/** Returns the anchor of an address; empty where there is none or it is not properly encoded. */
export function anchorOf(url) {
  try {
    return decodeURIComponent(url.hash.slice(1));
  } catch {
    return "";
  }
}

/** Marks the first place under root that says the quote; returns the first mark, or null. */
function highlight(root, quote) {
  return mark(root, quote) ?? quote.split("\n").filter(line => line.trim().length > 7).map(line => mark(root, line)).find(Boolean) ?? null;
}

function mark(root, quote) {
  const wanted = letters(quote);
  if (wanted === "") {
    return null;
  }
  const places = [];
  let said = "";
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, node =>
    node.parentElement.closest("[data-unquoted]") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let i = 0; i < node.data.length; i++) {
      if (LETTER.test(node.data[i])) {
        said += node.data[i].toLowerCase();
        places.push({ node, i });
      }
    }
  }
  const at = said.indexOf(wanted);
  if (at < 0) {
    return null;
  }
  const runs = [];
  for (const { node, i } of places.slice(at, at + wanted.length)) {
    const run = runs.at(-1);
    if (run?.node === node) run.end = i + 1;
    else runs.push({ node, start: i, end: i + 1 });
  }
  const marks = runs.map(({ node, start, end }) => {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    const box = el("mark", {});
    range.surroundContents(box);
    return box;
  });
  return marks[0];
}

function letters(text) {
  let kept = "";
  for (let i = 0; i < text.length; i++) {
    if (LETTER.test(text[i])) {
      kept += text[i].toLowerCase();
    }
  }
  return kept;
}

// The little Markdown that answers use, turned into elements. Unknown syntax and all HTML stay plain text.
import { el } from "./dom.js";

const INLINE = /(`+)([^`]+?)\1|\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|\[(\d{1,2})\]|\[([^\]\n]+)\]\((https?:[^\s)]+|\/[^\s)]*)\)|\uE000(\d+)\uE001/g;

const MARK = /\uE000\d+\uE001/g;

/** Returns the text with marks, numbered from 0, at the given places, which ascend. */
export function marked(text, places) {
  let from = 0;
  let all = "";
  const plain = text.replace(/[\uE000\uE001]/g, " ");
  places.forEach((place, i) => {
    all += `${plain.slice(from, place)}\uE000${i}\uE001`;
    from = place;
  });
  return all + plain.slice(from);
}

/**
 * Renders text.
 *
 * @param chip makes the element for citation number n
 * @param mark makes the element for mark number n; see marked
 */
export function render(text, chip, mark) {
  const blocks = [];
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let i = 0; i < lines.length; ) {
    const line = lines[i];
    const fence = /^\s*(```|~~~)/.exec(line);
    if (fence) {
      const code = [];
      for (i++; i < lines.length && !lines[i].trimStart().startsWith(fence[1]); i++) {
        code.push(lines[i]);
      }
      i++;
      blocks.push(el("pre", { class: "code", tabindex: "0" }, el("code", {}, code.join("\n").replace(MARK, ""))));
    } else if (/^\s*$/.test(line)) {
      i++;
    } else if (/^#{1,6}\s/.test(line)) {
      const level = /^#+/.exec(line)[0].length;
      blocks.push(el(level < 3 ? "h3" : "h4", {}, inline(line.replace(/^#+\s+/, ""), chip, mark)));
      i++;
    } else if (/^\s*>/.test(line)) {
      const quoted = [];
      for (; i < lines.length && /^\s*>/.test(lines[i]); i++) {
        quoted.push(lines[i].replace(/^\s*>\s?/, ""));
      }
      blocks.push(el("blockquote", {}, render(quoted.join("\n"), chip, mark)));
    } else if (item(line)) {
      const ordered = /^\s*\d/.test(line);
      const list = el(ordered ? "ol" : "ul", {});
      for (; i < lines.length && item(lines[i]) && /^\s*\d/.test(lines[i]) === ordered; i++) {
        list.append(el("li", {}, inline(item(lines[i])[1], chip, mark)));
      }
      blocks.push(list);
    } else {
      const paragraph = [];
      for (; i < lines.length && lines[i].trim() && !/^\s*(```|~~~|>|#{1,6}\s)/.test(lines[i]) && !item(lines[i]); i++) {
        paragraph.push(lines[i]);
      }
      blocks.push(el("p", {}, broken(paragraph, chip, mark)));
    }
  }
  return blocks;
}

const item = line => /^\s*(?:[-*+]|\d{1,3}[.)])\s+(.*)$/.exec(line);

function broken(lines, chip, mark) {
  return lines.flatMap((line, i) => (i === 0 ? inline(line, chip, mark) : [el("br"), ...inline(line, chip, mark)]));
}

function inline(text, chip, mark) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(from, match.index));
    const [whole, , code, strong, emphasis, citation, label, address, place] = match;
    if (code !== undefined) parts.push(el("code", {}, code.replace(MARK, "")));
    else if (strong !== undefined) parts.push(el("strong", {}, inline(strong, chip, mark)));
    else if (emphasis !== undefined) parts.push(el("em", {}, inline(emphasis, chip, mark)));
    else if (citation !== undefined) parts.push(chip(Number(citation)) ?? whole);
    else if (place !== undefined) parts.push(mark?.(Number(place)) ?? "");
    else parts.push(el("a", { href: address, rel: "noopener noreferrer" }, label));
    from = match.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts.filter(part => part !== "");
}

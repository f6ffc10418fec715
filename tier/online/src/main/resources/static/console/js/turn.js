// One question with its answer, as it is being written and afterwards.
import { report } from "./api.js";
import { copy } from "./app.js";
import { el, icon, toast, wheel } from "./dom.js";
import { failure } from "./failure.js";
import { hide, hint } from "./hint.js";
import { marked, render } from "./markdown.js";
import { openDocument, openPanel } from "./panel.js";
import { score, t, hasWords } from "./words.js";
import { why } from "./why.js";

const TONES = { reader: "water", model: "plum", quote: "grain", none: "", refused: "bad" };

export class Turn {
  /**
   * @param data {question, answer, mill, stopped, rating}; kept in the history
   * @param changed called when the data did
   */
  constructor(data, changed) {
    this.data = data;
    this.changed = changed;
    this.answer = el("div", { class: "answer" });
    this.below = el("div", {});
    this.element = el("article", { class: "turn" }, el("h2", { class: "question" }, data.question), this.answer, this.below);
    if (data.answer || data.mill) {
      this.finish();
    }
  }

  wait() {
    this.answer.replaceChildren(el("div", { class: "waiting" }, wheel(), el("span", {}, t("js.chat.waiting"))));
    this.below.replaceChildren();
  }

  /** Shows what has been written so far; drawn at most once a frame. */
  write(text) {
    this.data.answer += text;
    if (!this.drawing) {
      this.drawing = requestAnimationFrame(() => {
        this.drawing = 0;
        this.answer.classList.add("writing");
        this.draw();
      });
    }
  }

  draw() {
    const sentences = this.data.mill?.sentences ?? [];
    const text = marked(this.data.answer, sentences.map(sentence => sentence.end));
    const blocks = render(text, number => this.chip(number), number => this.support(sentences[number]));
    this.answer.replaceChildren(...(blocks.length > 0 ? blocks : [el("p", {}, "")]));
  }

  finish() {
    cancelAnimationFrame(this.drawing);
    this.drawing = 0;
    this.answer.classList.remove("writing");
    this.draw();
    const { mill } = this.data;
    const cited = mill?.citations ?? [];
    this.below.replaceChildren(
      ...(cited.length > 0 ? [el("ol", { class: "sources", "aria-label": t("js.chat.sources") }, cited.map(citation => this.source(citation)))] : []),
      el("div", { class: "after" },
        mill ? this.mode(mill) : null,
        this.data.stopped ? el("span", { class: "pill mode" }, t("js.chat.stopped")) : null,
        mill ? this.thumb("up", 1) : null,
        mill ? this.thumb("down", -1) : null,
        el("button", { class: "button plain square", type: "button", "aria-label": t("js.chat.copy"), title: t("js.chat.copy"), onclick: () => copy(this.data.answer) }, icon("copy")),
        mill ? el("button", { class: "button plain small why-button", type: "button", onclick: () => openPanel(t("js.why.title"), why(mill)) }, icon("why"), t("js.chat.why")) : null));
  }

  fail(problem, again) {
    cancelAnimationFrame(this.drawing);
    this.drawing = 0;
    this.answer.classList.remove("writing");
    if (this.data.answer) this.draw();
    else this.answer.replaceChildren();
    this.below.replaceChildren(failure(problem, again));
  }

  chip(number) {
    const citation = this.data.mill?.citations?.find(c => c.number === number);
    if (!citation) {
      return el("span", { class: "cite" }, String(number));
    }
    const button = el("button", { class: "cite", type: "button", "aria-label": t("js.chat.citation", number, citation.title) }, String(number));
    button.addEventListener("click", () => { hide(); open(citation); });
    hint(button, () => [
      el("div", { class: "crumbs" }, (citation.path ?? []).map(part => el("span", {}, part))),
      el("b", {}, citation.heading || citation.title),
      el("blockquote", {}, citation.quote),
      el("span", { class: "quiet" }, t("js.chat.citation.score", score(citation.score ?? 0))),
    ]);
    return button;
  }

  /** A dot after a sentence: how far it is borne out, and by which words. */
  support(sentence) {
    const verdict = t(`js.support.${sentence.verdict}`);
    const button = el("button", { class: `support ${sentence.verdict}`, type: "button", "aria-label": verdict });
    const { evidence } = sentence;
    button.addEventListener("click", () => {
      hide();
      const citation = evidence && this.data.mill.citations.find(c => c.number === evidence.citation);
      if (citation) openDocument(evidence.url, citation.title, evidence.quote);
    });
    hint(button, () => [
      el("b", {}, verdict),
      evidence?.quote ? el("blockquote", {}, evidence.quote) : "",
      sentence.reason ? el("span", {}, sentence.reason) : "",
      el("span", { class: "quiet" }, t("js.support.score", score(sentence.score))),
    ]);
    return button;
  }

  source(citation) {
    return el("li", {}, el("button", { type: "button", onclick: () => open(citation) },
      el("span", { class: "cite" }, String(citation.number)),
      el("span", {}, el("b", {}, citation.heading || citation.title), el("span", { class: "place" }, (citation.path ?? []).join(" › "))),
      el("span", { class: "num quiet" }, score(citation.score ?? 0))));
  }

  mode(mill) {
    const name = hasWords(`js.mode.${mill.mode}`) ? t(`js.mode.${mill.mode}`) : mill.mode;
    const badge = el("button", { class: `pill mode ${TONES[mill.mode] ?? ""}`, type: "button" }, name);
    hint(badge, () => [el("b", {}, name), el("span", {}, t(`js.mode.${mill.mode}.why`)), mill.model ? el("code", { class: "quiet" }, mill.model) : ""]);
    return badge;
  }

  thumb(name, value) {
    const button = el("button", { class: "button plain square", type: "button", "aria-pressed": String(this.data.rating === value), "aria-label": t(`js.chat.${name}`), title: t(`js.chat.${name}`) }, icon(name));
    button.addEventListener("click", async () => {
      try {
        await report({ type: "rated", target: this.data.mill.trace, value, comment: "" });
        this.data.rating = value;
        this.element.querySelectorAll(".after [aria-pressed]").forEach(other => other.setAttribute("aria-pressed", String(other === button)));
        this.changed();
        toast(t("js.chat.rated"));
      } catch (problem) {
        toast(`${problem.title ?? ""} ${problem.remedy ?? ""}`);
      }
    });
    return button;
  }
}

function open(citation) {
  openDocument(citation.url, citation.title, citation.quote);
}

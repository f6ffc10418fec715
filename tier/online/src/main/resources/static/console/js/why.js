// Why this answer: the route it took, what was found, what was decided, and where the time went.
import { bar, el, icon } from "./dom.js";
import { millis, score, t, hasWords } from "./words.js";

const STEPS = ["guard", "retrieve", "read", "generate", "check"];

export function why(mill) {
  return el("div", { class: "why" }, route(mill), timings(mill.timings ?? {}), found(mill.retrieved ?? [], mill.citations ?? []), verdicts(mill.verdicts ?? []));
}

function route(mill) {
  const facts = [
    [t("js.why.mode"), `${t(`js.mode.${mill.mode}`)}: ${t(`js.mode.${mill.mode}.why`)}`],
    [t("js.why.model"), mill.model ? el("code", {}, mill.model) : t("js.why.model.none")],
    [t("js.why.grounded"), t(mill.grounded ? "js.why.grounded.yes" : "js.why.grounded.no")],
    [t("js.why.trace"), el("button", { class: "button plain small", type: "button", "data-copy": mill.trace }, el("code", {}, mill.trace), icon("copy", "small"))],
  ];
  return el("section", {}, el("dl", { class: "facts" }, facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

function timings(times) {
  const known = STEPS.filter(step => times[step] !== undefined);
  const other = Object.keys(times).filter(step => !STEPS.includes(step) && step !== "total");
  const steps = [...known, ...other];
  if (steps.length === 0) {
    return null;
  }
  const sum = steps.reduce((all, step) => all + times[step], 0);
  const total = Math.max(times.total ?? sum, sum, 0.001);
  let start = 0;
  const rows = steps.flatMap(step => {
    const from = start;
    start += times[step];
    return [el("span", { class: "soft" }, hasWords(`js.step.${step}`) ? t(`js.step.${step}`) : step), bar(times[step] / total, from / total, step === "retrieve" ? "grain" : ""), el("span", {}, millis(times[step]))];
  });
  return el("section", {}, el("h3", {}, t("js.why.timings")),
    el("div", { class: "falls" }, rows, el("b", {}, t("js.step.total")), el("span", {}), el("b", {}, millis(total))));
}

/** Makes bars of what each retriever contributed to a hit. */
export function evidence(hit) {
  const kinds = { dense: "grain", reader: "plum" };
  return el("div", { class: "evidence" },
    (hit.evidence ?? []).flatMap(e => [
      el("span", {}, hasWords(`js.retriever.${e.retriever}`) ? t(`js.retriever.${e.retriever}`) : e.retriever),
      bar(e.normalised, 0, kinds[e.retriever] ?? ""),
      el("span", { title: t("js.why.evidence", score(e.raw), score(e.normalised), score(e.weight)) }, `#${e.rank} · ${score(e.raw)} × ${score(e.weight)}`),
    ]),
    hit.reader_score === null || hit.reader_score === undefined ? null : [
      el("span", {}, t("js.retriever.reader")), bar(1 / (1 + Math.exp(-hit.reader_score)), 0, "plum"), el("span", {}, score(hit.reader_score)),
    ]);
}

function found(hits, citations) {
  if (hits.length === 0) {
    return el("section", {}, el("h3", {}, t("js.why.found", 0)), el("p", { class: "quiet" }, t("js.why.found.none")));
  }
  const cited = new Map(citations.map(citation => [citation.passage, citation]));
  return el("section", {}, el("h3", {}, t("js.why.found", hits.length)), el("ol", { class: "found" }, hits.map(hit => {
    const citation = cited.get(hit.passage);
    const name = hit.heading || hit.title || hit.path?.at(-1) || hit.document;
    return el("li", {},
      el("div", { class: "head" },
        el("a", { href: citation?.url ?? hit.url ?? `/documents/${hit.document}` }, name),
        citation ? el("span", { class: "pill water" }, t("js.why.cited", citation.number)) : null,
        el("span", { class: "num soft" }, score(hit.score))),
      el("div", { class: "crumbs" }, (hit.path ?? []).map(part => el("span", {}, part))),
      evidence(hit),
      hit.text ? el("details", {}, el("summary", {}, t("js.why.passage")), el("p", {}, hit.text)) : null);
  })));
}

const TONES = { allow: "good", refuse: "bad", quote: "grain", redact: "plum" };

function verdicts(list) {
  if (list.length === 0) {
    return null;
  }
  return el("section", {}, el("h3", {}, t("js.why.verdicts")), el("ul", { class: "verdicts" }, list.map(verdict =>
    el("li", {},
      el("span", { class: `pill ${TONES[verdict.decision] ?? ""}` }, hasWords(`js.decision.${verdict.decision}`) ? t(`js.decision.${verdict.decision}`) : verdict.decision),
      el("div", {},
        el("div", {}, hasWords(`js.stage.${verdict.stage}`) ? t(`js.stage.${verdict.stage}`) : verdict.stage, " · ", el("code", {}, verdict.rule || "–"), " · ", score(verdict.score ?? 0)),
        verdict.reason ? el("div", { class: "soft" }, verdict.reason) : null)))));
}

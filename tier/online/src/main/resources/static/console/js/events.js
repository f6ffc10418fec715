// The log's tail, asked for once a second, with a chart of how much of what happens.
import { call } from "./api.js";
import { barChart } from "./charts.js";
import { el, icon } from "./dom.js";
import { openPanel } from "./panel.js";
import { hasWords, number, score, t, time } from "./words.js";

const TYPES = { answered: "--water", searched: "--grain", exposed: "--slate", clicked: "--good", rated: "--plum", judged: "--bad", grounded: "--water-strong" };
const rows = document.getElementById("tail");
const nothing = document.getElementById("nothing");
const filters = document.getElementById("filters");
const liveness = document.getElementById("liveness");
const total = document.getElementById("total");
const pause = document.getElementById("pause");
let plot = null;
let paused = false;
let shown = "";

async function refresh() {
  const query = new URLSearchParams({ type: filters.type.value, user: filters.user.value.trim() });
  try {
    const feed = await (await call(`/console/feed?${query}`)).json();
    draw(feed);
    state("good", t("js.events.live"));
  } catch (problem) {
    state("bad", problem.title ?? String(problem));
  }
}

function state(tone, words) {
  liveness.replaceChildren(el("span", { class: `dot ${tone}` }), words);
}

function draw(feed) {
  const data = [feed.seconds.map(second => second.at), ...Object.keys(TYPES).map(type => feed.seconds.map(second => second.counts[type] ?? 0))];
  if (plot) {
    plot.set(data);
  } else {
    const lines = Object.entries(TYPES).map(([type, token]) => ({ label: t(`js.event.${type}`), token }));
    plot = barChart(document.getElementById("rate"), lines, data, { y: number, x: at => time(at * 1000) });
  }
  total.textContent = t("js.events.total", number(Object.values(feed.totals).reduce((sum, count) => sum + count, 0)));
  const ids = feed.events.map(event => event.id).join();
  if (ids !== shown) {
    shown = ids;
    const focused = document.activeElement?.closest?.("tr")?.dataset.id;
    rows.replaceChildren(...feed.events.map(row));
    [...rows.children].find(tr => tr.dataset.id === focused)?.querySelector("button").focus();
  }
  nothing.hidden = feed.events.length > 0;
}

function row(event) {
  return el("tr", { "data-id": event.id, onclick: () => show(event) },
    el("td", { class: "nowrap" }, el("button", { class: "open", type: "button" }, time(event.at))),
    el("td", {}, el("span", { class: `tag key-${event.type}` }, name(event.type))),
    el("td", { class: "nowrap soft" }, event.user.length > 18 ? `${event.user.slice(0, 17)}…` : event.user),
    el("td", { class: "what" }, summary(event)),
    el("td", { class: "trace mono quiet" }, event.trace.slice(0, 8)));
}

const name = type => (hasWords(`js.event.${type}`) ? t(`js.event.${type}`) : type);

function summary(event) {
  switch (event.type) {
    case "grounded": return t("js.events.grounded", event.sentences.filter(sentence => sentence.verdict === "supported").length, event.sentences.length);
    case "answered": return `${event.question} → ${event.answer}`;
    case "searched": return t("js.events.searched", event.query, event.documents.length);
    case "exposed": return t("js.events.exposed", event.items.length, hasWords(`js.surface.${event.surface}`) ? t(`js.surface.${event.surface}`) : event.surface);
    case "clicked": return event.document;
    case "rated": return `${event.value > 0 ? "+" : ""}${number(event.value)} · ${event.target}`;
    case "judged": return `${t(`js.decision.${event.decision}`)} · ${event.rule || "–"} · ${score(event.score)}`;
    default: return "";
  }
}

function show(event) {
  openPanel(name(event.type), el("div", { class: "stack" },
    el("div", { class: "row" },
      el("button", { class: "button small", type: "button", "data-copy": JSON.stringify(event, null, 2) }, icon("copy", "small"), t("js.copy")),
      el("button", { class: "button small", type: "button", onclick: () => { filters.user.value = event.user; refresh(); } }, t("js.events.same"))),
    el("pre", { class: "code", tabindex: "0" }, JSON.stringify(event, null, 2))));
}

pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  if (paused) state("grain", t("js.events.paused"));
});
filters.addEventListener("input", () => { shown = ""; refresh(); });
filters.addEventListener("submit", event => event.preventDefault());
refresh();
setInterval(() => !paused && !document.hidden && refresh(), 1000);

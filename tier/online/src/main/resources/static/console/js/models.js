// Loss and speed curves of a version's training run, and of runs that are under way.
import { call } from "./api.js";
import { lineChart } from "./charts.js";
import { el } from "./dom.js";
import { failure } from "./failure.js";
import { number, score, t } from "./words.js";

const PAUSE = 3000;

for (const box of document.querySelectorAll("[data-curves]")) {
  if (box.dataset.live) {
    follow(box);
  } else {
    draw(box);
  }
}

/** Draws again and again until the run has ended; a page that nobody sees asks for nothing. */
async function follow(box) {
  if (document.visibilityState === "visible") {
    const now = await draw(box);
    if (now?.state && now.state !== "running") {
      location.reload();
      return;
    }
    const step = document.querySelector(`#${box.dataset.live} [data-run-step]`);
    if (now && step) {
      step.textContent = t("js.run.step", number(now.step), number(now.total), number(now.remainingSeconds));
    }
  }
  setTimeout(() => follow(box), PAUSE);
}

async function draw(box) {
  try {
    const answer = await (await call(box.dataset.curves)).json();
    const { columns } = answer;
    const steps = columns.step ?? [];
    box.replaceChildren();
    for (const [name, token] of [["loss", "--water"], ["validation_loss", "--plum"], ["tokens_per_second", "--grain"]]) {
      const values = columns[name];
      if (!values || values.every(value => value === null)) {
        continue;
      }
      const last = values.findLast(value => value !== null);
      const told = el("output", {}, number(last));
      const plot = el("figure", {}, el("figcaption", { class: "legend" }, t(`js.curve.${name}`), told));
      box.append(plot);
      lineChart(plot, { label: t(`js.curve.${name}`), token }, [steps, values], {
        x: number,
        y: number,
        pointed: at => { told.textContent = at === null ? number(last) : t("js.curve.at", number(steps[at]), values[at] === null ? "–" : score(values[at])); },
      });
    }
    return answer;
  } catch (problem) {
    box.replaceChildren(failure(problem, () => draw(box)));
  }
}

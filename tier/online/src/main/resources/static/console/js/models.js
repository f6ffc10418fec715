// Loss and speed curves of a version's training run.
import { call } from "./api.js";
import { lineChart } from "./charts.js";
import { el } from "./dom.js";
import { failure } from "./failure.js";
import { number, score, t } from "./words.js";

for (const box of document.querySelectorAll("[data-curves]")) {
  draw(box);
}

async function draw(box) {
  try {
    const { columns } = await (await call(box.dataset.curves)).json();
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
  } catch (problem) {
    box.replaceChildren(failure(problem, () => draw(box)));
  }
}

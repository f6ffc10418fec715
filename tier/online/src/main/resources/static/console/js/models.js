// Loss and speed curves of a version's training run.
import { call } from "./api.js";
import { chart } from "./charts.js";
import { el } from "./dom.js";
import { failure } from "./failure.js";
import { number, t } from "./words.js";

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
      const plot = el("figure", {}, el("figcaption", { class: "legend" }, t(`js.curve.${name}`)));
      box.append(plot);
      chart(plot, [{ label: t(`js.curve.${name}`), token }], [steps, values], { xLabel: t("js.curve.step"), y: number, x: number });
    }
  } catch (problem) {
    box.replaceChildren(failure(problem, () => draw(box)));
  }
}

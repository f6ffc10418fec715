// Line charts in the page's own colours, redrawn when the theme changes.
const charts = new Set();

/** Resolves a colour token to what canvas understands. */
export function colour(token) {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

const AXIS_FONT = "11px system-ui, sans-serif";

function axes(options) {
  const axis = { stroke: colour("--ink-3"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: AXIS_FONT };
  return [
    { ...axis, size: 30, values: options.x && ((plot, ticks) => ticks.map(options.x)) },
    { ...axis, size: 54, values: options.y && ((plot, ticks) => ticks.map(options.y)) },
  ];
}

/** Keeps a plot as wide as its box and in the colours of the theme. */
function kept(box, height, make, data) {
  const width = () => Math.max(200, box.clientWidth);
  const build = () => new window.uPlot({ width: width(), height, legend: { show: false }, ...make() }, data, box);
  let plot = build();
  const entry = {
    set(fresh) { data = fresh; plot.setData(data); },
    redraw() { plot.destroy(); plot = build(); },
  };
  charts.add(entry);
  new ResizeObserver(() => width() !== plot.width && plot.setSize({ width: width(), height })).observe(box);
  return entry;
}

/**
 * Draws one line.
 *
 * @param box element that the chart fills
 * @param line {label, token} where token is the colour's
 * @param data [horizontal values, vertical values]
 * @param options {x, y: formatters of the axes, pointed: called with the index under the pointer, or null}
 */
export function lineChart(box, line, data, options) {
  return kept(box, 200, () => ({
    cursor: { y: false },
    scales: { x: { time: false } },
    axes: axes(options),
    hooks: { setCursor: [plot => options.pointed(plot.cursor.idx ?? null)] },
    series: [{}, { label: line.label, stroke: colour(line.token), width: 1.75, points: { show: false } }],
  }), data);
}

/**
 * Draws bars that stand on each other.
 *
 * @param lines [{label, token}] from the bottom up
 * @param data [seconds of the epoch, counts of the first line, of the second …]
 */
export function barChart(box, lines, data, options) {
  const bars = window.uPlot.paths.bars({ size: [0.9, 14], align: 1 });
  const entry = kept(box, 190, () => ({
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (plot, min, max) => [0, Math.max(4, max * 1.1)] } },
    axes: axes(options),
    // The tallest first, so that the lower parts are painted over it.
    series: [{}, ...[...lines].reverse().map(line => {
      const fill = colour(line.token);
      return { label: line.label, stroke: fill, fill, width: 0, points: { show: false }, paths: bars };
    })],
  }), stacked(data));
  return { set: fresh => entry.set(stacked(fresh)) };
}

function stacked([times, ...counts]) {
  const sums = times.map(() => 0);
  const layers = counts.map(layer => layer.map((count, i) => (sums[i] += count)));
  return [times, ...layers.reverse()];
}

document.addEventListener("themechange", () => charts.forEach(entry => entry.redraw()));

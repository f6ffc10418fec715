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

/**
 * Draws lines.
 *
 * @param box element that the chart fills
 * @param lines [{label, token, axis}] with axis "y" or another scale's name
 * @param options {x: formatter of the horizontal axis, y: formatter, time: whether x is seconds of the epoch, zero: start at 0}
 */
export function chart(box, lines, data, options = {}) {
  const make = () => {
    const ink = colour("--ink-3");
    const grid = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: ink, grid, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    return new window.uPlot({
      width: Math.max(200, box.clientWidth),
      height: options.height ?? 220,
      cursor: { y: false },
      legend: { show: options.legend ?? true, live: true },
      scales: { x: { time: options.time ?? false }, y: options.zero ? { range: (u, min, max) => [0, Math.max(1, max * 1.1)] } : {} },
      axes: [
        { ...axis, values: options.x && ((u, ticks) => ticks.map(options.x)) },
        { ...axis, size: 52, values: options.y && ((u, ticks) => ticks.map(options.y)) },
      ],
      series: [
        { label: options.xLabel ?? "" },
        ...lines.map(line => ({ label: line.label, stroke: colour(line.token), width: 1.75, points: { show: false } })),
      ],
    }, data, box);
  };
  let plot = make();
  const entry = {
    set(fresh) { data = fresh; plot.setData(data); },
    redraw() { plot.destroy(); plot = make(); },
    resize() { plot.setSize({ width: Math.max(200, box.clientWidth), height: options.height ?? 220 }); },
  };
  charts.add(entry);
  new ResizeObserver(() => entry.resize()).observe(box);
  return entry;
}

document.addEventListener("themechange", () => charts.forEach(entry => entry.redraw()));

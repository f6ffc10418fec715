// Builds elements from data. Text only ever becomes text nodes: nothing here parses markup.
const SVG = "http://www.w3.org/2000/svg";

/** Makes an element; attributes named on… are listeners, null children are left out, strings become text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name === "href") {
      element.setAttribute("href", safeAddress(value));
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Returns the address if it leads to a page, and # if it would run a script or is no address at all. */
export function safeAddress(address) {
  try {
    const url = new URL(address, location.href);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? address : "#";
  } catch {
    return "#";
  }
}

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  return element;
}

/** Makes an icon of the sprite. */
export function icon(name, kind = "") {
  const picture = svg("svg", { class: `icon ${kind}`, "aria-hidden": "true" });
  picture.append(svg("use", { href: `/console/icons.svg#${name}` }));
  return picture;
}

/** Makes the mill wheel, turning. */
export function wheel() {
  const turning = svg("svg", { class: "turning busy", "aria-hidden": "true" });
  turning.append(svg("use", { href: "/console/icons.svg#logo" }));
  const race = svg("svg", { class: "race", "aria-hidden": "true" });
  race.append(svg("use", { href: "/console/icons.svg#race" }));
  return el("span", { class: "wheel" }, turning, race);
}

/** Makes a horizontal bar that covers the range from start to start + width, in parts of one. */
export function bar(width, start = 0, kind = "") {
  const clamp = value => Math.max(0, Math.min(1, value || 0));
  const picture = svg("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" });
  picture.append(svg("rect", { x: 100 * clamp(start), width: Math.max(0.6, 100 * clamp(width)), height: 1 }));
  return el("div", { class: `track ${kind}` }, picture);
}

/** Shows a short message for some seconds. */
export function toast(text) {
  document.querySelector(".toast")?.remove();
  const box = el("div", { class: "toast", role: "status" }, text);
  document.body.append(box);
  setTimeout(() => box.remove(), 4000);
}

/** Returns a function that runs once the calls to it have paused. */
export function debounced(action, pause = 250) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), pause);
  };
}

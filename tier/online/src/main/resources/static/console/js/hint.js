// A small card beside a button while it is hovered or focused.
let card = null;
let owner = null;
let leaving = 0;

/** Shows what content() makes while the button is hovered or focused. */
export function hint(button, content) {
  const show = () => {
    clearTimeout(leaving);
    if (owner === button) {
      return;
    }
    hide();
    owner = button;
    card = document.createElement("div");
    card.className = "hint";
    card.id = "hint";
    card.role = "tooltip";
    card.append(...[content()].flat());
    card.addEventListener("pointerenter", () => clearTimeout(leaving));
    card.addEventListener("pointerleave", leave);
    document.body.append(card);
    button.setAttribute("aria-describedby", "hint");
    place(button);
  };
  button.addEventListener("pointerenter", show);
  button.addEventListener("focus", show);
  button.addEventListener("pointerleave", leave);
  button.addEventListener("blur", leave);
}

export function hide() {
  clearTimeout(leaving);
  owner?.removeAttribute("aria-describedby");
  card?.remove();
  card = null;
  owner = null;
}

function leave() {
  clearTimeout(leaving);
  leaving = setTimeout(hide, 160);
}

function place(button) {
  const box = button.getBoundingClientRect();
  const left = Math.max(12, Math.min(box.left - 12, innerWidth - card.offsetWidth - 12));
  const below = box.bottom + 6 + card.offsetHeight < innerHeight;
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${(below ? box.bottom + 6 : box.top - card.offsetHeight - 6) + scrollY}px`;
}

document.addEventListener("keydown", event => event.key === "Escape" && hide());
document.addEventListener("scroll", () => card && hide(), { capture: true, passive: true });

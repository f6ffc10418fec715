// Dialogues kept in this browser only: the latest forty, the passages' texts cut short.
const KEY = "millrace.dialogues";
const MOST = 40;
const LONGEST_PASSAGE = 700;

export function dialogues() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

/** Keeps a dialogue; when the browser's room is used up, the oldest ones make way. */
export function keep(dialogue) {
  const slim = { ...dialogue, turns: dialogue.turns.map(slimmed) };
  let all = [slim, ...dialogues().filter(other => other.id !== dialogue.id)].slice(0, MOST);
  while (all.length > 0) {
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
      return;
    } catch {
      all = all.slice(0, -1);
    }
  }
}

export function forget(id) {
  localStorage.setItem(KEY, JSON.stringify(dialogues().filter(dialogue => dialogue.id !== id)));
}

export function forgetAll() {
  localStorage.removeItem(KEY);
}

function slimmed(turn) {
  const retrieved = turn.mill?.retrieved?.map(hit => ({ ...hit, text: (hit.text ?? "").slice(0, LONGEST_PASSAGE) }));
  return { ...turn, mill: turn.mill && { ...turn.mill, retrieved } };
}

// The chat page: asks the gateway as any OpenAI client would, and shows the answer as it is written.
import { CallFailed, post, user } from "./api.js";
import { el, icon } from "./dom.js";
import { dialogues, forget, forgetAll, keep } from "./history.js";
import { closePanel } from "./panel.js";
import { events } from "./sse.js";
import { Turn } from "./turn.js";
import { dateTime, t } from "./words.js";

const form = document.getElementById("ask");
const field = document.getElementById("question");
const model = document.getElementById("model");
const sendButton = document.getElementById("send");
const stopButton = document.getElementById("stop");
const stream = document.getElementById("stream");
const turnsBox = document.getElementById("turns");
const welcome = document.getElementById("welcome");
const past = document.getElementById("past");
const TURNS_SENT = 4;

let dialogue = fresh();
let running = null;
let following = true;

function fresh() {
  const random = [...crypto.getRandomValues(new Uint8Array(8))].map(b => b.toString(16).padStart(2, "0")).join("");
  return { id: random, title: "", at: Date.now(), turns: [] };
}

function messages(question) {
  const earlier = dialogue.turns.slice(0, -1).filter(turn => turn.answer).slice(-TURNS_SENT);
  return [
    ...earlier.flatMap(turn => [{ role: "user", content: turn.question }, { role: "assistant", content: turn.answer }]),
    { role: "user", content: question },
  ];
}

async function ask(question) {
  const data = { question, answer: "", mill: null, stopped: false, rating: 0 };
  const turn = new Turn(data, () => keep(dialogue));
  dialogue.title ||= question.slice(0, 120);
  dialogue.at = Date.now();
  dialogue.turns.push(data);
  turnsBox.append(turn.element);
  welcome.hidden = true;
  following = true;
  await answer(turn);
}

async function answer(turn) {
  const { data } = turn;
  data.answer = "";
  running = new AbortController();
  busy(true);
  turn.wait();
  follow();
  try {
    const body = { model: model.value, messages: messages(data.question), stream: true, user };
    const response = await post("/v1/chat/completions", body, running.signal);
    for await (const line of events(response)) {
      if (line === "[DONE]") {
        break;
      }
      const chunk = JSON.parse(line);
      if (chunk.error) {
        throw new CallFailed(chunk.error.code === "overloaded" ? 429 : 500, chunk.error.message ?? "");
      }
      if (chunk.millrace) {
        data.mill = chunk.millrace;
      }
      const text = chunk.choices?.[0]?.delta?.content;
      if (text) {
        turn.write(text);
        follow();
      }
    }
    if (!data.answer && !data.mill) {
      throw new CallFailed(500, t("js.chat.cut"));
    }
    turn.finish();
  } catch (problem) {
    if (problem.name === "AbortError") {
      data.stopped = true;
      turn.finish();
    } else {
      turn.fail(problem instanceof CallFailed ? problem : new CallFailed(0, ""), () => answer(turn));
    }
  } finally {
    running = null;
    busy(false);
    follow();
    if (data.answer) {
      keep(dialogue);
    }
  }
}

function busy(is) {
  sendButton.hidden = is;
  stopButton.hidden = !is;
  turnsBox.setAttribute("aria-busy", String(is));
}

function follow() {
  if (following) {
    requestAnimationFrame(() => { stream.scrollTop = stream.scrollHeight; });
  }
}

function show(kept) {
  running?.abort();
  closePanel();
  dialogue = kept;
  turnsBox.replaceChildren(...kept.turns.map(data => new Turn(data, () => keep(dialogue)).element));
  welcome.hidden = kept.turns.length > 0;
  following = true;
  follow();
  field.focus();
}

function listPast() {
  const all = dialogues();
  past.replaceChildren(
    all.length === 0 ? el("p", { class: "empty" }, t("js.history.none")) : el("ul", { class: "entries" }, all.map(kept => el("li", {},
      el("button", { class: "entry", type: "button", onclick: () => { past.hidePopover(); show(kept); } }, el("b", {}, kept.title), el("small", {}, dateTime(kept.at))),
      el("button", { class: "button plain square", type: "button", "aria-label": t("js.history.forget", kept.title), onclick: () => { forget(kept.id); listPast(); } }, icon("trash", "small"))))),
    all.length === 0 ? "" : el("footer", {}, el("button", { class: "button plain small danger", type: "button", onclick: () => { forgetAll(); listPast(); } }, t("js.history.clear"))));
}

form.addEventListener("submit", event => {
  event.preventDefault();
  const question = field.value.trim();
  if (question && !running) {
    field.value = "";
    ask(question);
  }
});
field.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
stopButton.addEventListener("click", () => running?.abort());
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && running && !document.querySelector("dialog[open]")) {
    running.abort();
  }
});
stream.addEventListener("scroll", () => {
  following = stream.scrollHeight - stream.scrollTop - stream.clientHeight < 60;
}, { passive: true });
document.getElementById("fresh").addEventListener("click", () => show(fresh()));
past.addEventListener("beforetoggle", event => event.newState === "open" && listPast());
welcome.addEventListener("click", event => {
  const example = event.target.closest("[data-example]");
  if (example && !running) {
    ask(example.textContent.trim());
  }
});

const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  history.replaceState(null, "", location.pathname);
  ask(asked);
} else if (matchMedia("(min-width: 901px)").matches) {
  field.focus();
}

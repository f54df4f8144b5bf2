// Everything that a person or a model says is put into the page as text, never as markup.
import { ask, read } from "/static/key.js";

const $ = (id) => document.getElementById(id);
const history = [];
let streamId = null;

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function add(...made) {
  $("empty")?.remove();
  $("log").append(...made);
  made.at(-1).scrollIntoView({ block: "nearest" });
}

// Bold is all of Markdown that is understood; the rest reads well as it is.
function show(node, text) {
  node.replaceChildren(...text.split(/\*\*([^*\n]+)\*\*/).map((part, at) => (at % 2 ? element("strong", "", part) : part)));
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const fields = Object.fromEntries(block.split("\n").filter((line) => !line.startsWith(":"))
        .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
      if (fields.event) yield [fields.event, JSON.parse(fields.data)];
    }
  }
}

function busy(yes) {
  for (const id of ["send", "compare", "clear"]) $(id).disabled = yes;
  $("stop").disabled = !yes;
}

async function run(path, body, about, handle) {
  streamId = crypto.randomUUID ? crypto.randomUUID() : `page-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  busy(true);
  let last = "";
  try {
    const response = await ask(path, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...body, stream_id: streamId }),
    });
    if (!response.ok) throw new Error((await response.json()).error);
    for await (const [name, data] of events(response)) {
      last = name;
      handle(name, data);
    }
    if (!["done", "error", "cancelled", "shutdown"].includes(last)) throw new Error("The connection was lost.");
  } catch (error) {
    about.textContent = error.message;
    about.classList.add("bad");
  } finally {
    streamId = null;
    busy(false);
    $("message").focus();
  }
}

function cost(micro) {
  if (micro === null || micro === undefined) return "cost unknown";
  return micro === 0 ? "free" : `$${(micro / 1e6).toFixed(6)}`;
}

function facts(data, timings) {
  return [
    data.provider === data.served_by ? data.provider.replace("_", " ") : `${data.served_by} (${data.provider})`,
    data.fallback ? "in place of the model that was asked" : "",
    data.cached || data.from_cache ? "from the cache" : "",
    data.finish_reason === "length" ? "cut at the limit" : "",
    data.usage ? `${data.usage.completion_tokens} tokens` : "",
    timings.first_token_seconds ? `first after ${timings.first_token_seconds.toFixed(2)} s` : "",
    timings.tokens_per_second ? `${timings.tokens_per_second.toFixed(1)} tokens/s` : "",
    cost(data.cost_micro_usd),
  ].filter(Boolean).join(" · ");
}

function ended(name, data, about) {
  if (name === "error") {
    about.textContent = data.error;
    about.classList.add("bad");
  } else if (name === "cancelled") about.textContent = "stopped";
  else if (name === "shutdown") about.textContent = "the server was stopped";
}

function chat(message) {
  const question = element("div", "question", message);
  const answer = element("div", "answer waiting");
  const about = element("p", "about note");
  add(question, answer, about);
  const body = { message, model: $("model").value, history: history.slice(-10) };
  return run("/api/v1/chat/stream", body, about, (name, data) => {
    if (name === "delta") {
      answer.textContent += data.text;
      about.scrollIntoView({ block: "nearest" });
    } else if (name === "done") {
      show(answer, data.response);
      about.textContent = facts(data, data.timings);
      history.push({ role: "user", content: message }, { role: "assistant", content: data.response });
    } else ended(name, data, about);
  }).finally(() => answer.classList.remove("waiting"));
}

function lane(model, number) {
  const made = element("section", "lane");
  const head = element("h3", "", model);
  const end = element("button", "end", "×");
  end.title = `Stop ${model}`;
  end.addEventListener("click", () => streamId && ask(`/api/v1/chat/streams/${streamId}/lanes/${number}`, { method: "DELETE" }));
  head.append(end);
  made.append(head, element("div", "answer waiting"), element("p", "about note"));
  return made;
}

function compare(prompt, models) {
  const question = element("div", "question", prompt);
  const lanes = element("div", "lanes");
  const total = element("p", "summary note");
  add(question, lanes, total);
  const body = { prompt, models, sequential: $("sequential").checked };
  return run("/api/v1/compare/stream", body, total, (name, data) => {
    if (name === "start") lanes.replaceChildren(...data.lanes.map(lane));
    else if (name === "delta") lanes.children[data.lane].querySelector(".answer").textContent += data.text;
    else if (name === "lane_done" || name === "lane_error") {
      const [, text, about] = lanes.children[data.lane].children;
      text.classList.remove("waiting");
      lanes.children[data.lane].querySelector(".end").remove();
      if (data.success) show(text, data.response);
      about.textContent = data.success ? `${data.response_time.toFixed(2)} s · ${facts(data, data)}` : data.error;
      about.classList.toggle("bad", !data.success);
    } else if (name === "done") {
      const { fastest_model: fastest, successful_models: good, total_models: all } = data.summary;
      total.textContent = `${good} of ${all} answered` + (fastest ? ` · fastest: ${fastest}` : "");
    } else ended(name, data, total);
    if (name !== "delta") total.scrollIntoView({ block: "nearest" });
  }).finally(() => lanes.querySelectorAll(".waiting").forEach((text) => text.classList.remove("waiting")));
}

function take() {
  if (streamId || !$("ask").reportValidity()) return null;
  const message = $("message").value.trim();
  if (message) $("message").value = "";
  return message || null;
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const message = take();
  if (message) chat(message);
});
$("message").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask").requestSubmit();
  }
});
$("compare").addEventListener("click", () => {
  const models = [...document.querySelectorAll("#models input:checked")].map((box) => box.value);
  if (!models.length) { $("models").closest("details").open = true; return; }
  const prompt = take();
  if (prompt) compare(prompt, models);
});
$("stop").addEventListener("click", () => streamId && ask(`/api/v1/chat/streams/${streamId}`, { method: "DELETE" }));
$("clear").addEventListener("click", () => { history.length = 0; $("log").replaceChildren(); $("message").focus(); });

const MOST_LANES = 12;
const CHOSEN_LANES = 6;
$("models").addEventListener("change", () => {
  const full = document.querySelectorAll("#models input:checked").length >= MOST_LANES;
  for (const box of document.querySelectorAll("#models input")) box.disabled = full && !box.checked;
});

function list(known) {
  for (const key of Object.keys(known.models)) {
    const able = known.configured.includes(key);
    $("model").add(new Option(able ? key : `${key} (no key)`, key, false, key === known.default_model));
    const box = element("input", "");
    Object.assign(box, { type: "checkbox", value: key, checked: able && known.configured.indexOf(key) < CHOSEN_LANES });
    const label = element("label", able ? "" : "note");
    label.append(box, ` ${key}`);
    $("models").append(label);
  }
  if (known.default_model && !known.models[known.default_model]) {
    $("model").add(new Option(known.default_model, known.default_model, true, true));
  }
  $("state").textContent = known.api_configured
    ? `${known.configured.length} model${known.configured.length === 1 ? "" : "s"} can answer`
    : "No model can answer: set an API key, or start the local model with `tandem up`.";
}

read("/models").then(list, (error) => {
  $("state").textContent = error.message;
  $("state").classList.add("bad");
});
$("message").focus();

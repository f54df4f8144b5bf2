// What the service has been doing, as /api/v1/monitoring/events tells it. Not an EventSource: that cannot send a key.
import { ask } from "/static/key.js";
import { figure, row } from "/static/table.js";

const $ = (id) => document.getElementById(id);
const AGAIN_MS = 3000;
let running = new AbortController();

const count = (number) => number.toLocaleString("en");
const ms = (number) => (number === null ? "–" : number < 10 ? number.toFixed(1) : count(Math.round(number)));
// Beyond the last bound of the histogram nothing is known but that it was longer.
const percentile = (latency, name) => (latency[name] === null && latency.beyond_ms !== null ? `>${ms(latency.beyond_ms)}` : ms(latency[name]));
const share = (number) => (number === null ? "–" : `${(number * 100).toFixed(1)} %`);
const mb = (bytes) => (bytes === null ? "–" : `${count(Math.round(bytes / 1048576))} MB`);
const dollars = (micro) => (micro === null ? "unknown" : (micro / 1e6).toFixed(6));

function show(now) {
  const { requests, cache, limits, pool, jobs } = now;
  $("live").replaceChildren(
    figure("requests/s", requests.per_second.toFixed(requests.per_second < 10 ? 2 : 0)),
    figure("p50, ms", percentile(requests.latency, "p50_ms")), figure("p95, ms", percentile(requests.latency, "p95_ms")),
    figure("p99, ms", percentile(requests.latency, "p99_ms")), figure("failed", share(requests.error_rate)),
    figure("cache hits", share(cache.hit_rate)), figure("refused by limits", count(limits.refused)),
    figure("event loop p99, ms", ms(now.event_loop.lag_p99_ms)),
    figure("connections in use", `${pool.in_use} of ${pool.limit}`),
    figure("jobs waiting", jobs === null ? "–" : count(Object.values(jobs.queues).reduce((sum, one) => sum + (one.waiting ?? 0), 0))),
  );
  fill("routes", requests.by_route.slice(0, 15).map((one) => row(
    `${one.method} ${one.route}`, count(one.requests), ms(one.latency.mean_ms), percentile(one.latency, "p95_ms"), count(one.errors_4xx), count(one.errors_5xx),
  )));
  fill("workers", now.workers.map((one) => row(
    `${one.name} ${one.pid}`, count(one.requests), mb(one.memory_bytes), one.cpu_seconds.toFixed(1), one.tasks ?? "–",
  )));
  fill("keys", (now.usage?.by_key ?? []).map((one) => row(
    one.name || "without a key", count(one.requests), count(one.prompt_tokens + one.completion_tokens), dollars(one.cost_micro_usd),
  )));
  const parts = Object.entries(now.parts).filter(([, state]) => state !== "ok").map(([part, state]) => `${part}: ${state}`);
  const lost = Object.entries(now.unavailable).map(([section, why]) => `${section} cannot be told: ${why}`);
  $("health").textContent = [`${now.status}, version ${now.version}`, ...parts, ...lost].join(" · ");
  $("since").textContent = now.complete ? "" : `Only since ${new Date(now.start).toLocaleTimeString()}: this worker does not remember more.`;
}

function fill(id, rows) {
  $(id).replaceChildren(...(rows.length ? rows : [row("nothing yet")]));
}

async function follow(range, signal) {
  const response = await ask(`/api/v1/monitoring/events?interval=3&range=${range}`, { signal });
  if (!response.ok) throw new Error((await response.json()).error);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "))?.slice(6);
      if (event.startsWith("event: overview")) show(JSON.parse(data));
      if (event.startsWith("event: error")) $("health").textContent = JSON.parse(data).error;
    }
  }
}

async function watch() {
  running.abort();
  const mine = running = new AbortController();
  while (!mine.signal.aborted) {
    try {
      await follow($("range").value, mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      $("health").textContent = `${error.message}; trying again`;
    }
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

$("range").addEventListener("change", watch);
watch();

// Where answers are kept, whether Redis works, and a way to begin without any.
import { ask, read } from "/static/key.js";
import { figure } from "/static/table.js";

const $ = (id) => document.getElementById(id);

function tell(text, bad = false) {
  $("cache-told").className = bad ? "bad" : "note";
  $("cache-told").textContent = text;
}

async function refresh() {
  try {
    const { backend, redis_connected, redis_url, default_ttl, worker } = await read("/api/cache-status");
    const redis = backend === "memory" ? "not configured" : redis_connected ? "connected" : "not reached";
    $("cache").replaceChildren(
      figure(`Redis: ${redis_url}`, redis), figure("seconds an answer is good", default_ttl),
      figure("answers in this worker", worker.entries.toLocaleString("en")),
      figure("hits of this worker", worker.hit_rate === null ? "–" : `${(worker.hit_rate * 100).toFixed(1)} %`),
    );
  } catch (error) {
    tell(error.message, true);
  }
}

async function press(path, options) {
  const response = await ask(path, options);
  const { message, error } = await response.json();
  tell(message ?? error, !response.ok || error !== undefined);
  await refresh();
}

$("test-redis").addEventListener("click", () => press("/api/test-redis"));
$("clear").addEventListener("click", () => {
  if (confirm("Drop all kept answers, for everybody?")) press("/api/cache-clear", { method: "POST" });
});
await refresh();
setInterval(refresh, 30000);

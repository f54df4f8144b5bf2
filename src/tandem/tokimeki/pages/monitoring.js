import { ask, read } from "/static/key.js";
import { figure, row } from "/static/table.js";

const $ = (id) => document.getElementById(id);
const PERIODS = { hourly: "hour", daily: "24 hours", monthly: "30 days" };

function limit(name, used, most) {
  const line = row(PERIODS[name], used, most);
  const meter = document.createElement("meter");
  Object.assign(meter, { min: 0, max: most, high: most * 0.8, optimum: 0, value: used });
  line.insertCell().append(meter);
  return line;
}

async function refresh() {
  try {
    const [stats, limits] = await Promise.all([read(`/api/usage-stats?period=${$("period").value}`), read("/api/usage-limits")]);
    $("figures").replaceChildren(
      figure("requests", stats.requests_today), figure("successful", stats.successful_requests),
      figure("failed", stats.failed_requests), figure("mean response, s", stats.avg_response_time.toFixed(2)),
      figure("cost since reset, USD", stats.total_cost.toFixed(4)),
      figure("machine memory, %", stats.memory_usage ?? "unknown"), figure("uptime", stats.uptime),
    );
    const models = Object.entries(stats.model_usage).sort(([, one], [, other]) => other - one);
    $("models").replaceChildren(...models.map(([model, count]) => row(model, count, (stats.model_costs[model] ?? 0).toFixed(6))));
    if (!models.length) $("models").append(row("nothing was asked yet"));
    $("limits").replaceChildren(...Object.keys(PERIODS).map((name) => limit(name, limits[`${name}_used`], limits[`${name}_limit`])));
    $("enforced").textContent = limits.enforced ? "Limits are enforced." : "These limits only inform; nothing is refused.";
    $("state").textContent = `as of ${new Date().toLocaleTimeString()}`;
    $("problem").textContent = "";
  } catch (error) {
    $("problem").textContent = error.message;
  }
}

$("period").addEventListener("change", refresh);
$("reset").addEventListener("click", async () => {
  if (!confirm("Begin all figures anew, for everybody?")) return;
  const response = await ask("/api/reset-stats", { method: "POST" });
  if (response.ok) refresh();
  else $("problem").textContent = (await response.json()).error;
});
await refresh();
setInterval(refresh, 30000);

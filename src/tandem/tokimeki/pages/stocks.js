// Symbols beside each other, and a strategy tried on the first of them.
import { ask, read } from "./key.js";
import { figure, row } from "./table.js";

const API = "/api/v1/stocks";
const find = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 6;

const number = (value, digits = 2) => (value === null || value === undefined ? "unknown"
  : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const share = (value) => (value === null ? "unknown" : `${number(value, 1)}\u00a0%`);
const percent = (value) => (value > 0 ? `+${share(value)}` : share(value));

function shape(name, attributes, text = "") {
  const drawn = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, value);
  drawn.textContent = text;
  return drawn;
}

// What each chart shows, so that it can be drawn anew when the window changes.
const shown = new Map();

// Lines of values on one scale; the first and the last day stand below, the lowest and the highest value at the left.
// As many units wide as the page has pixels, so that its words are as large as all others on a telephone too.
function draw(target, dates, lines) {
  shown.set(target, [dates, lines]);
  const height = Number(target.getAttribute("viewBox").split(" ").at(-1));
  const width = Math.max(240, Math.round(target.getBoundingClientRect().width));
  target.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const [left, right, top, bottom] = [60, 60, 12, 24];
  const all = lines.flatMap((line) => line.values);
  const low = Math.min(...all);
  const span = Math.max(...all) - low || 1;
  const x = (at) => left + ((width - left - right) * at) / Math.max(1, dates.length - 1);
  const y = (value) => top + (height - top - bottom) * (1 - (value - low) / span);
  const parts = [low, low + span / 2, low + span].flatMap((value) => [
    shape("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
    shape("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, number(value, 0)),
  ]);
  lines.forEach((line, index) => {
    const points = line.values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const colour = `line-${index % COLOURS}`;
    parts.push(shape("polyline", { class: colour, points }));
    parts.push(shape("text", { class: colour, x: width - right + 6, y: y(line.values.at(-1)) + 4 }, line.name));
  });
  parts.push(shape("text", { x: left, y: height - 6 }, dates[0]));
  parts.push(shape("text", { x: width - right, y: height - 6, "text-anchor": "end" }, dates.at(-1)));
  target.replaceChildren(...parts);
}

function wanted() {
  return find("symbols").value.split(",").map((part) => part.trim()).filter(Boolean);
}

async function compare() {
  const query = new URLSearchParams({ symbols: wanted().join(","), period: find("period").value });
  const told = await read(`${API}/comparison?${query}`);
  draw(find("chart"), told.dates, told.symbols.map((one) => ({ name: one.symbol, values: one.rebased })));
  find("rows").replaceChildren(...told.symbols.map((one) => {
    const { figures } = one;
    const line = row(
      `${one.name} (${one.symbol})`, percent(figures.total_return), percent(figures.annual_return),
      share(figures.volatility), number(figures.sharpe_ratio), percent(figures.max_drawdown), percent(figures.var_95),
    );
    const source = line.insertCell();
    source.className = "whole";
    source.textContent = `${one.source}, ${one.as_of}${one.stale ? ", old" : ""}`;
    return line;
  }));
  const notices = new Set(told.symbols.map((one) => one.notice).filter(Boolean));
  find("notice").textContent = [...notices].join(" ");
  find("problem").textContent = told.errors.map((one) => `${one.symbol}: ${one.error}.`).join(" ");
}

async function test() {
  const response = await ask(`${API}/backtest`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      symbol: wanted()[0] ?? "", strategy: find("strategy").value, period: find("period").value,
      costs: Number(find("costs").value) / 100,
    }),
  });
  const told = await response.json();
  if (!response.ok) throw new Error(told.error);
  const { metrics } = told;
  find("figures").replaceChildren(
    figure("return", percent(metrics.total_return)), figure("bought and held", percent(metrics.held_return)),
    figure("Sharpe ratio", number(metrics.sharpe_ratio)), figure("largest drawdown", percent(metrics.max_drawdown)),
    figure("trades", String(told.trades.length)), figure("paid for trading", number(metrics.costs_paid, 0)),
  );
  draw(find("account"), told.dates, [{ name: told.symbol, values: told.equity }]);
}

async function attempt(work, button) {
  find("problem").textContent = "";
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    find("problem").textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

let waiting = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => shown.forEach((what, target) => draw(target, ...what)));
});

for (const [form, work, button] of [["compare", compare, "show"], ["test", test, "run"]]) {
  find(form).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(work, find(button));
  });
}

const companies = await read(`${API}/companies`).catch(() => []);
find("companies").replaceChildren(...companies.map((one) => new Option(one.name, one.symbol)));
await attempt(compare, find("show"));
await attempt(test, find("run"));

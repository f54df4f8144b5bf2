// The caller's API key: kept for this tab alone, sent with every call. Asked for when the server wants one.
const form = document.getElementById("caller");
const field = document.getElementById("key");
const KEPT = "tandem-api-key";

field.value = sessionStorage.getItem(KEPT) ?? "";
form.hidden = !field.value;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = field.value.trim();
  if (key) sessionStorage.setItem(KEPT, key);
  else sessionStorage.removeItem(KEPT);
  location.reload();
});

export async function ask(path, options = {}) {
  const key = sessionStorage.getItem(KEPT);
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401 && form.hidden) {
    form.hidden = false;
    field.focus();
  }
  return response;
}

export async function read(path) {
  const response = await ask(path);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

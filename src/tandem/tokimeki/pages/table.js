// Rows and boxes of figures, as both parts of the monitoring page draw them.
export function row(name, ...numbers) {
  const line = document.createElement("tr");
  line.insertCell().textContent = name;
  for (const text of numbers) {
    const cell = line.insertCell();
    cell.className = "number";
    cell.textContent = text;
  }
  return line;
}

export function figure(title, value) {
  const box = document.createElement("div");
  box.className = "figure";
  const number = document.createElement("b");
  number.textContent = value;
  box.append(number, title);
  return box;
}

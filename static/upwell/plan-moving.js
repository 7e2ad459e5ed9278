// Beside the keys of the plan: the list of exercises, the menus of rows and steps, filling by rule,
// and dragging by a handle (its twin on the keyboard is Alt with an arrow).
const send = (op, edit, more = {}) => document.dispatchEvent(new CustomEvent("plan:edit", { detail: { op, edit, ...more } }));
const current = () => document.querySelector("#grid input[data-active]");
const list = () => document.getElementById("found");
const MOST = 8;

// --- the list of exercises --------------------------------------------------------------------------
let box = null;
let chosen = 0;
const options = () => [...list().querySelectorAll("[role=option]:not([hidden])")];

function offer() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const stage = box.dataset.adds;
  const standing = new Set([...box.closest("table").querySelectorAll("tbody tr")].map((row) => row.dataset.exercise));
  const typed = words.join(" ");
  const score = (option) => {
    const name = option.dataset.name.toLowerCase();
    if (typed && name.startsWith(typed)) return 8 + (option.dataset.stage === stage ? 4 : 0);
    if (!words.every((word) => name.includes(word))) return -1;
    const begins = words.every((word) => name.split(/[\s,(-]+/).some((part) => part.startsWith(word)));
    return (option.dataset.stage === stage ? 4 : 0) + (begins ? 2 : 0) + (name.startsWith(words[0] ?? "") ? 1 : 0);
  };
  const length = (option) => option.dataset.name.length;
  const all = [...list().children].map((option) => [score(option), option]).sort((a, b) => b[0] - a[0] || length(a[1]) - length(b[1]));
  const shown = words.length ? all.filter(([points, option]) => points >= 0 && !standing.has(option.dataset.key)).slice(0, MOST) : [];
  for (const [, option] of all) option.hidden = true;
  for (const [, option] of shown) option.hidden = false, list().append(option);
  list().hidden = !shown.length;
  box.setAttribute("aria-expanded", String(Boolean(shown.length)));
  const place = box.getBoundingClientRect();
  list().style.setProperty("left", `${place.left + window.scrollX}px`);
  list().style.setProperty("top", `${place.bottom + window.scrollY}px`);
  choose(0);
}

function choose(at) {
  const all = options();
  chosen = all.length ? (at + all.length) % all.length : 0;
  all.forEach((option, number) => option.setAttribute("aria-selected", String(number === chosen)));
  if (all[chosen]) box.setAttribute("aria-activedescendant", all[chosen].id), all[chosen].scrollIntoView({ block: "nearest" });
  else box.removeAttribute("aria-activedescendant");
}

function close() {
  if (list()) list().hidden = true;
  box?.setAttribute("aria-expanded", "false");
  box?.removeAttribute("aria-activedescendant");
}

function add(option) {
  if (!option) return;
  box.value = "";
  close();
  send("add_row", { stage: box.dataset.adds, exercise: option.dataset.key });
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-adds]")) return;
  box = target;
  offer();
});
document.addEventListener("focusout", ({ target }) => target === box && setTimeout(() => document.activeElement?.matches("[data-adds]") || close()));
document.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-adds]") || event.ctrlKey || event.metaKey || event.altKey) return;
  box = event.target;
  const open = !list().hidden;
  if (event.key === "Enter") {
    event.preventDefault();
    if (open) add(options()[chosen]);
    else document.querySelector(`#stage-${box.dataset.adds} tbody input`)?.focus();
  } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Escape") {
    event.preventDefault();
    box.value = "";
    close();
  }
}, true);
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.("#found [role=option]");
  if (!option) return;
  event.preventDefault();
  add(option);
});

// --- menus ------------------------------------------------------------------------------------------
function open(kind, of) {
  const dialog = document.getElementById(`${kind}-menu`);
  const row = of.closest("tr");
  if (kind === "row") {
    dialog.querySelector("[data-menu-title]").textContent = row.querySelector(".exercise").textContent;
    dialog.querySelector("select").value = row.dataset.exercise;
    dialog.dataset.of = row.dataset.row;
  } else {
    const head = of.closest("[data-column]") ?? of;
    const { column } = head.dataset;
    const value = (name) => document.querySelector(`#grid input[data-row=${name}][data-column="${column}"]`).value;
    dialog.querySelector("[data-menu-title]").textContent = document.querySelector(`#grid input[data-row=title][data-column="${column}"]`).getAttribute("aria-label").replace("Name of ", "");
    for (const name of ["title", "weeks"]) dialog.querySelector(`[name=${name}]`).value = value(name);
    dialog.querySelector("[name=least]").value = Number(document.getElementById(`col-${column}`).dataset.least) || "";
    dialog.dataset.of = column;
  }
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (!button) return;
  const kind = button.dataset.menu;
  // What the menu's buttons do is about the box one stands in.
  const box_ = kind === "row" ? button.closest("tr").querySelector("input[data-row]") : document.querySelector(`#grid input[data-column="${button.closest("th").dataset.column}"]`);
  box_?.focus();
  open(kind, button);
});
document.addEventListener("plan:menu", ({ detail: { kind } }) => {
  const of = current();
  if (!of || of.dataset.row === "add" || (of.dataset.column.startsWith("new") && kind === "column")) return;
  open(kind, of);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const dialog = form.closest("dialog");
  const value = (name) => form.elements.namedItem(name).value;
  if (form.matches("[data-names]")) send("name_column", { column: dialog.dataset.of, title: value("title"), weeks: value("weeks"), least: Number(value("least")) || 0 });
  else if (form.matches("[data-swaps]")) send("swap_row", { row: dialog.dataset.of, exercise: value("exercise") });
  else if (form.matches("[data-fills]")) {
    // It stays open until the rule was understood: a mistake is said at its field.
    event.preventDefault();
    wrong(dialog, "");
    form.querySelector(".button").disabled = true;
    return send("fill", { row: dialog.dataset.row, columns: dialog.dataset.columns.split(" "), start: value("start"), rule: value("rule") });
  } else return;
  event.preventDefault();
  dialog.close();
}, true);

function wrong(dialog, words) {
  const of = /first dose/i.test(words) ? "start" : "rule";
  for (const name of ["start", "rule"]) {
    const line = dialog.querySelector(`#fill-${name}-error`);
    const input = dialog.querySelector(`[name=${name}]`);
    line.textContent = name === of ? words : "";
    line.hidden = !line.textContent;
    if (line.hidden) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true"), input.focus();
  }
  dialog.querySelector(".button").disabled = false;
}
document.addEventListener("plan:refused", ({ detail: { done, words, ended } }) => {
  const dialog = document.getElementById("fill");
  if (ended) dialog.close();
  else if (done.op === "fill" && dialog.open) wrong(dialog, words);
});
document.addEventListener("plan:swapped", ({ detail: { done } }) => done.op === "fill" && document.getElementById("fill").close());

document.addEventListener("plan:fill", ({ detail: { row, columns } }) => {
  const dialog = document.getElementById("fill");
  const where = dialog.querySelector("[data-fill-where]");
  if (!columns.length) {
    document.querySelector("[data-save-line]").textContent = "Choose the first cell to fill from";
    return;
  }
  Object.assign(dialog.dataset, { row, columns: columns.join(" ") });
  where.textContent = `${document.querySelector(`#row-${row} .exercise`).textContent}: ${columns.length} ${columns.length === 1 ? "step" : "steps"}, from ${current().getAttribute("aria-label").split(", ").at(-1)} on.`;
  dialog.querySelector("[name=start]").value = current().value;
  wrong(dialog, "");
  dialog.showModal();
  dialog.querySelector(current().value ? "[name=rule]" : "[name=start]").focus();
});

// --- dragging ---------------------------------------------------------------------------------------
let drag = null;
document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-drags]");
  if (!handle || event.button) return;
  event.preventDefault();
  const kind = handle.dataset.drags;
  const thing = handle.closest(kind === "row" ? "tr" : "th");
  const all = kind === "row" ? [...thing.parentElement.rows] : [...thing.parentElement.querySelectorAll("[data-column][id]")];
  drag = { kind, thing, all, before: undefined };
  handle.setPointerCapture(event.pointerId);
  document.body.setAttribute("data-dragging", kind);
  thing.setAttribute("data-dragged", "");
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const after = (each) => {
    const area = each.getBoundingClientRect();
    return drag.kind === "row" ? event.clientY < area.top + area.height / 2 : event.clientX < area.left + area.width / 2;
  };
  const next = drag.all.find(after);
  drag.before = next ?? null;
  for (const each of drag.all) each.removeAttribute("data-drop");
  if (next) next.setAttribute("data-drop", "before");
  else drag.all.at(-1).setAttribute("data-drop", "after");
});
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => {
    if (!drag) return;
    const { thing, all, before } = drag;
    const name = drag.kind === "row" ? "row" : "column";
    for (const each of all) each.removeAttribute("data-drop"), each.removeAttribute("data-dragged");
    document.body.removeAttribute("data-dragging");
    drag = null;
    if (kind === "pointercancel" || before === undefined || before === thing) return;
    const id = thing.dataset[name];
    if (before === (all[all.indexOf(thing) + 1] ?? null)) return;
    send(`move_${name}`, { [name]: id, before: before?.dataset[name] ?? null });
  });
}

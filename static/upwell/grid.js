// The table of the plan under the keys of a spreadsheet. It edits nothing by itself: each edit is
// the event "plan:edit", and plan-saving.js sends it.
const plan = () => document.getElementById("plan");
const stageOf = (input) => input.closest("[data-stage]");
const isBox = (element) => element?.matches?.("#grid input[data-row]") ?? false;
const isDose = (input) => !["title", "weeks", "add"].includes(input.dataset.row);
const send = (op, edit, more = {}) => document.dispatchEvent(new CustomEvent("plan:edit", { detail: { op, edit, ...more } }));

let active = null; // the box the keys are about
let mode = "move"; // "move", "type" (arrows confirm and move) or "edit" (arrows move in the text)
let original = "";
let anchor = null; // the other corner of a block
let run = null; // the column a run of Tab began in: Enter goes back to it
let made = 0;

// --- the boxes as lines ---------------------------------------------------------------------------
const lines = () => [...document.querySelectorAll("#grid tr")]
  .map((row) => [...row.querySelectorAll("input[data-row]")]).filter((line) => line.length);

function place(input) {
  const all = lines();
  const line = all.findIndex((each) => each.includes(input));
  return { all, line, at: line < 0 ? -1 : all[line].indexOf(input) };
}

function block() {
  if (!active) return [];
  const from = place(active);
  const to = anchor && anchor !== active && anchor.isConnected ? place(anchor) : from;
  const [top, bottom] = [from.line, to.line].sort((a, b) => a - b);
  const [left, right] = [from.at, to.at].sort((a, b) => a - b);
  return from.all.slice(top, bottom + 1).map((line) => line.slice(left, right + 1));
}

function show() {
  for (const each of document.querySelectorAll("#grid [data-selected]")) each.removeAttribute("data-selected");
  const cells = block();
  if (cells.flat().length > 1) for (const input of cells.flat()) input.closest("td").setAttribute("data-selected", "");
}

function go(input, { extend = false } = {}) {
  if (!input) return;
  const from = extend ? anchor ?? active : null;
  input.focus({ preventScroll: true });
  anchor = from;
  input.closest("td").scrollIntoView({ block: "nearest", inline: "nearest" });
  show();
}

function step(down, right, { extend = false, wrap = false } = {}) {
  const { all, line, at } = place(active);
  if (line < 0) return false;
  let to = all[line + down];
  let next = at + right;
  if (wrap && (next < 0 || next >= to.length)) {
    to = all[line + Math.sign(right)];
    next = right > 0 ? 0 : (to?.length ?? 0) - 1;
  }
  // A block stays inside the exercises of one stage.
  if (!to || (extend && to[0].closest("tbody") !== active.closest("tbody"))) return false;
  go(to[Math.max(0, Math.min(next, to.length - 1))], { extend });
  return true;
}

// --- where one is: focus, week, the dose in words -------------------------------------------------
document.addEventListener("focusin", ({ target }) => {
  if (!isBox(target)) return;
  if (target !== active) {
    active?.removeAttribute("data-active");
    for (const each of document.querySelectorAll("#grid input[tabindex='0']")) each.tabIndex = -1;
    [active, mode, original, anchor] = [target, "move", target.value, null];
  }
  target.tabIndex = 0;
  target.setAttribute("data-active", "");
  if (mode === "move") target.select();
  show();
  tell();
});

document.addEventListener("focusout", ({ target }) => {
  if (target !== active || swapping) return;
  confirm();
});

function tell() {
  const bar = document.getElementById("bar");
  if (!bar || !active) return;
  const where = bar.querySelector("[data-bar=where]");
  const says = bar.querySelector("[data-bar=says]");
  const cell = active.closest("td");
  where.textContent = active.getAttribute("aria-label");
  bar.dataset.tone = cell.dataset.tone ?? "";
  const parts = [...(cell.querySelector(".says")?.children ?? [])].map((each) => each.cloneNode(true));
  const typing = mode !== "move" && active.value !== original;
  if (typing) says.textContent = "Enter confirms, Escape takes back";
  else if (parts.length) says.replaceChildren(...parts.map((each) => Object.assign(document.createElement("span"), { className: each.className, textContent: each.textContent })));
  else says.textContent = { title: "The name of the step", weeks: "The weeks of the step, as 2-3", add: "Type a part of the exercise’s name, Enter adds it" }[active.dataset.row] ?? "Blank: not done at this step";
  const week = document.getElementById(`week-${active.dataset.column}`);
  if (!week || !week.hidden) return;
  for (const each of document.querySelectorAll("#weeks > section")) each.hidden = each !== week;
}

// --- typing ---------------------------------------------------------------------------------------
document.addEventListener("input", ({ target }) => {
  if (!isBox(target) || target.dataset.row === "add") return;
  if (mode === "move") mode = "type";
  plan().setAttribute("data-unsaved", "");
  tell();
});

function confirm() {
  const [input, before] = [active, original];
  mode = "move";
  document.dispatchEvent(new CustomEvent("plan:still"));
  if (!input || input.value === before || input.dataset.row === "add") return;
  original = input.value;
  const { row, column } = input.dataset;
  if (isDose(input) && isNew(input)) return grow(input);
  if (isDose(input)) return send("set", { cells: [[row, column, input.value]] }, { typed: [[row, column, input.value]] });
  const value = (name) => document.querySelector(`#grid input[data-row=${name}][data-column="${column}"]`).value;
  const least = Number(document.getElementById(`col-${column}`).dataset.least);
  send("name_column", { column, title: value("title"), weeks: value("weeks"), least }, { typed: [[row, column, input.value]] });
}

function restore() {
  active.value = original;
  mode = "move";
  document.dispatchEvent(new CustomEvent("plan:still"));
  active.select();
  tell();
}

function type(list) {
  const cells = list.filter(([input, text]) => isDose(input) && !isNew(input) && input.value !== text);
  if (!cells.length) return;
  const typed = cells.map(([input, text]) => [input.dataset.row, input.dataset.column, text]);
  for (const [input, text] of cells) input.value = text;
  original = active.value;
  send("set", { cells: typed }, { typed });
}

// --- the empty column at the right: typing into it makes the next step ----------------------------
const isNew = (input) => input.dataset.column.startsWith("new");

function decorate(waiting = []) {
  for (const tbody of document.querySelectorAll("#grid tbody")) {
    const stage = tbody.closest("[data-stage]");
    const table = tbody.closest("table");
    table.querySelector("tfoot").hidden = false;
    if (!tbody.rows.length) continue;
    const unnamed = waiting.filter((each) => each.makes && each.edit.stage === stage.dataset.stage).map((each) => each.makes);
    for (const name of [...unnamed, `new${(made += 1)}`]) widen(table, name);
  }
  for (const each of document.querySelectorAll("#plan [data-does][hidden], #grid .more[hidden]")) each.hidden = false;
  for (const each of document.querySelectorAll("#grid input")) each.tabIndex = each === active ? 0 : -1;
  if (!active?.isConnected) (document.querySelector("#grid tbody input") ?? document.querySelector("#grid input"))?.setAttribute("tabindex", "0");
}

function widen(table, name) {
  const { label } = table.closest("[data-stage]").dataset;
  for (const row of table.tHead.rows) {
    const cell = row.appendChild(document.createElement(row.className === "steps" ? "th" : "td"));
    cell.className = "ghost";
    if (row.className !== "steps") continue;
    const button = cell.appendChild(document.createElement("button"));
    Object.assign(button, { type: "button", className: "quiet small", textContent: "+ Step", tabIndex: -1 });
    button.setAttribute("aria-label", `Add a step: ${label}`);
    button.dataset.grows = table.closest("[data-stage]").dataset.stage;
  }
  for (const row of table.tBodies[0].rows) {
    const cell = row.appendChild(document.createElement("td"));
    cell.className = "ghost";
    const input = cell.appendChild(document.createElement("input"));
    Object.assign(input, { maxLength: 200, autocomplete: "off", spellcheck: false, tabIndex: -1 });
    Object.assign(input.dataset, { row: row.dataset.row, column: name });
    input.setAttribute("aria-label", `${row.querySelector(".exercise").textContent}, new step`);
  }
}

function last(input) {
  const line = [...input.closest("tr").querySelectorAll("input[data-row]")];
  return line[line.indexOf(input) - 1];
}

function grow(input) {
  const stage = stageOf(input).dataset.stage;
  const { row, column } = input.dataset;
  // A column somebody typed into already is on its way: this is a box of it.
  const newest = [...input.closest("tr").querySelectorAll("input[data-row]")].at(-1);
  if (input !== newest) return send("set", { cells: [[row, column, input.value]] }, { typed: [[row, column, input.value]] });
  const before = last(input);
  const line = before ? [before.value, input.value] : [input.value];
  send("paste", { stage, row, column: before?.dataset.column ?? null, lines: [line] }, { makes: column, typed: [[row, column, input.value]] });
  widen(input.closest("table"), `new${(made += 1)}`);
}

// --- what can be done, by key, by button or in a menu ---------------------------------------------
const head = () => document.getElementById(`col-${active?.dataset.column}`);

function moved(siblings, id, by) {
  const at = siblings.indexOf(id);
  if (at < 0 || at + by < 0 || at + by >= siblings.length) return undefined;
  return by < 0 ? siblings[at - 1] : siblings[at + 2] ?? null;
}

function moveRow(by) {
  const row = active?.closest("tbody tr")?.dataset.row;
  if (!row) return;
  const before = moved([...active.closest("tbody").rows].map((each) => each.dataset.row), row, by);
  if (before !== undefined) send("move_row", { row, before });
}

function moveStep(by) {
  const column = head()?.dataset.column;
  if (!column) return;
  const all = [...stageOf(active).querySelectorAll("thead [data-column][id]")].map((each) => each.dataset.column);
  const before = moved(all, column, by);
  if (before !== undefined) send("move_column", { column, before });
}

function fill(down, right) {
  const cells = block();
  const { all, line, at } = place(active);
  const typed = [];
  const from = (input) => {
    const wide = cells[0].length > 1;
    const tall = cells.length > 1;
    const here = place(input);
    if (right) return wide ? cells.find((each) => each.includes(input))[0] : all[here.line][here.at - 1];
    return tall ? cells[0][cells.find((each) => each.includes(input)).indexOf(input)] : all[line - 1]?.[at];
  };
  for (const input of cells.flat()) {
    const source = from(input);
    if (source && source !== input && isDose(source)) typed.push([input, source.value]);
  }
  if (active && isNew(active) && typed.length === 1) {
    active.value = typed[0][1];
    return confirm();
  }
  type(typed);
}

const actions = {
  "add-exercise": () => go((active ? stageOf(active) : document.getElementById(`stage-${plan().dataset.first}`)).querySelector("[data-adds]")),
  "add-step": () => send("add_columns", { stage: active ? stageOf(active).dataset.stage : plan().dataset.first, times: 1 }, { then: "last-step" }),
  "copy-step": () => head() && send("add_columns", { stage: stageOf(active).dataset.stage, copy: head().dataset.column, before: head().nextElementSibling?.dataset.column ?? null }, { then: "right" }),
  "remove-step": () => head() && send("remove_column", { column: head().dataset.column }),
  "remove-row": () => active?.closest("tbody tr") && send("remove_row", { row: active.dataset.row }),
  "row-up": () => moveRow(-1),
  "row-down": () => moveRow(1),
  "step-left": () => moveStep(-1),
  "step-right": () => moveStep(1),
  undo: () => send("undo", {}),
  redo: () => send("redo", {}),
  keys: () => document.getElementById("keys").showModal(),
  // The note offered is chosen whole: typing writes another.
  issue: () => document.querySelector("#issue textarea").select(),
  leave: () => document.querySelector("#issue textarea").focus(),
  menu: () => document.dispatchEvent(new CustomEvent("plan:menu", { detail: { kind: isDose(active) ? "row" : "column" } })),
  fill: () => document.dispatchEvent(new CustomEvent("plan:fill", { detail: { row: active?.dataset.row, columns: columnsFrom() } })),
  spell: () => {
    const spelled = plan().toggleAttribute("data-spelled");
    document.querySelector("[data-does=spell]").setAttribute("aria-pressed", spelled);
  },
};

function columnsFrom() {
  if (!active || !isDose(active) || isNew(active)) return [];
  const chosen = block()[0];
  const line = [...active.closest("tr").querySelectorAll("input[data-row]")];
  return (chosen.length > 1 ? chosen : line.slice(line.indexOf(active))).filter((each) => !isNew(each)).map((each) => each.dataset.column);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-does]");
  if (button) {
    button.closest("dialog")?.close();
    actions[button.dataset.does]();
  }
  const adds = target.closest("[data-grows]");
  if (adds) send("add_columns", { stage: adds.dataset.grows, times: 1 }, { then: "last-step" });
});

// --- keys -----------------------------------------------------------------------------------------
const CTRL = { z: "undo", y: "redo", s: "issue", Enter: "add-exercise" };
const PLAIN = { F1: "keys", "?": "keys", F6: "leave", Insert: "add-exercise" };
const ALT = { ArrowUp: "row-up", ArrowDown: "row-down", ArrowLeft: "step-left", ArrowRight: "step-right" };

function chord(event) {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (ctrlKey || metaKey) {
    if (shiftKey && key === "Enter") return "add-step";
    if (shiftKey && key.toLowerCase() === "z") return "redo";
    return shiftKey ? undefined : CTRL[key];
  }
  if (altKey) return ALT[key];
  if (shiftKey && key === "F10") return "menu";
  return PLAIN[key];
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || !plan()) return;
  const { key, shiftKey: shift, target } = event;
  const control = event.ctrlKey || event.metaKey;
  const inBox = isBox(target);
  if (target.closest("dialog") || (!inBox && target.matches("input, textarea, select"))) {
    if (control && key === "Enter" && target.closest("[data-issue]")) event.preventDefault(), target.form.requestSubmit();
    return;
  }
  let does = chord(event);
  // While a word is edited these are the word's own.
  if (inBox && mode !== "move" && ["undo", "redo", "keys"].includes(does)) does = key === "F1" ? does : undefined;
  if (inBox && target.dataset.row === "add" && ["undo", "redo"].includes(does) && target.value) does = undefined;
  if (does && (inBox || control || key.startsWith("F") || key === "Insert" || key === "?")) {
    event.preventDefault();
    if (inBox) confirm();
    return actions[does]();
  }
  if (!inBox) return;
  if (control && mode === "move") return withControl(event, key);
  if (event.altKey || control) return;
  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  const adding = target.dataset.row === "add";
  if (arrows && !(mode === "edit" && arrows[1]) && !(adding && arrows[1] && target.value)) {
    event.preventDefault();
    run = null;
    if (!shift) confirm();
    step(...arrows, { extend: shift && mode === "move" });
  } else if (key === "Tab") {
    const from = place(active);
    run ??= { line: from.line, at: from.at };
    confirm();
    const right = shift ? -1 : 1;
    if (step(0, right, { wrap: true })) event.preventDefault();
  } else if (key === "Enter" && !adding) {
    event.preventDefault();
    if (mode === "move" && run === null && !shift && !isNew(active) ) return edit();
    confirm();
    const { all, line } = place(active);
    const back = run;
    run = null;
    const to = all[line + (shift ? -1 : 1)];
    if (back && to) go(to[Math.min(back.at, to.length - 1)]);
    else step(shift ? -1 : 1, 0);
  } else if (key === "F2" && mode === "move" && !adding) {
    event.preventDefault();
    edit();
  } else if (key === "Escape") {
    if (mode !== "move") event.preventDefault(), restore();
    else if (anchor) anchor = null, show();
  } else if ((key === "Delete" || key === "Backspace") && mode === "move" && !adding) {
    event.preventDefault();
    if (!isDose(active)) active.value = "", confirm();
    else type(block().flat().map((input) => [input, ""]));
  } else if ((key === "Home" || key === "End") && mode === "move" && !adding) {
    event.preventDefault();
    const line = place(active).all[place(active).line];
    go(key === "Home" ? line[0] : line.findLast((each) => !isNew(each)) ?? line.at(-1), { extend: shift });
  } else if (key.length === 1 && mode === "move" && !adding) {
    mode = "type";
    active.select();
  }
});

function edit() {
  mode = "edit";
  active.setSelectionRange(active.value.length, active.value.length);
  tell();
}

function withControl(event, key) {
  if (key === "r" || key === "d") {
    event.preventDefault();
    fill(key === "d", key === "r");
  } else if (key === "Home" || key === "End") {
    event.preventDefault();
    const all = lines().filter((line) => isDose(line[0]));
    go(key === "Home" ? all[0]?.[0] : all.at(-1)?.findLast((each) => !isNew(each)));
  } else if (key === "a") {
    event.preventDefault();
    const all = [...active.closest("tbody")?.querySelectorAll("input:not([data-column^=new])") ?? []];
    if (all.length) go(all[0]), (anchor = all.at(-1)), show();
  }
}

// --- the clipboard: lines of cells with tabs between, as spreadsheets have it ----------------------
for (const kind of ["copy", "cut"]) {
  document.addEventListener(kind, (event) => {
    if (!isBox(event.target) || mode !== "move" || event.target.dataset.row === "add") return;
    event.preventDefault();
    const cells = block();
    event.clipboardData.setData("text/plain", cells.map((line) => line.map((input) => input.value).join("\t")).join("\n"));
    if (kind === "cut") type(cells.flat().map((input) => [input, ""]));
  });
}

// A cell in quotes may hold lines and quotes of its own: it stays one cell.
function linesOf(text) {
  const cell = /(?:"((?:[^"]|"")*)"(?=[\t\r\n]|$)|([^\t\r\n]*))(\t|\r\n|\r|\n|$)/gy;
  const found = [[]];
  for (const [, quoted, plain_, end] of text.matchAll(cell)) {
    found.at(-1).push((quoted === undefined ? plain_ : quoted.replaceAll('""', '"').replace(/\s*[\r\n]+\s*/g, " ")).trim());
    if (!end) break;
    if (end !== "\t") found.push([]);
  }
  return found;
}

document.addEventListener("paste", (event) => {
  if (!isBox(event.target)) return;
  const text = event.clipboardData.getData("text/plain").replace(/[\r\n]+$/, "");
  const single = !/[\t\r\n]/.test(text);
  if (single && (mode !== "move" || !isDose(active) || isNew(active))) return;
  event.preventDefault();
  if (single) return type(block().flat().map((input) => [input, text.trim()]));
  const { stage } = stageOf(active).dataset;
  let lines_ = linesOf(text);
  let { row, column } = block()[0][0].dataset;
  if (!isDose(active)) [row, column] = [null, isNew(active) || active.dataset.row === "add" ? null : column];
  else if (isNew(active)) {
    // From the empty column on: the last step is sent along as it stands.
    const rows = [...active.closest("tbody").rows].slice([...active.closest("tbody").rows].indexOf(active.closest("tr")));
    const befores = rows.map((each) => last([...each.querySelectorAll("input[data-row]")].at(-1)));
    column = befores[0]?.dataset.column ?? null;
    if (column) lines_ = lines_.map((line, at) => [befores[at]?.value ?? "", ...line]);
  }
  restore();
  if (active.dataset.row === "add") active.value = "";
  send("paste", { stage, row, column, lines: lines_ }, { then: "stay" });
});

// --- mouse and touch ------------------------------------------------------------------------------
document.addEventListener("pointerdown", (event) => {
  if (!isBox(event.target)) return;
  // The screen's own keyboard comes with the second tap.
  if (event.pointerType === "touch" && event.target !== active) event.target.inputMode = "none";
  run = null;
  if (event.shiftKey && active && event.target.closest("tbody") === active.closest("tbody")) {
    event.preventDefault();
    anchor = event.target;
    show();
  }
});
document.addEventListener("pointerover", (event) => {
  if (event.buttons !== 1 || event.pointerType === "touch" || mode !== "move") return;
  const input = event.target.closest?.("#grid tbody td")?.querySelector("input[data-row]");
  if (!input || !active || input === active || document.body.hasAttribute("data-dragging")) return;
  if (document.activeElement !== active || input.closest("tbody") !== active.closest("tbody")) return;
  anchor = input;
  show();
});
document.addEventListener("click", ({ target }) => {
  if (isBox(target) && mode === "move") target.select();
});
document.addEventListener("dblclick", ({ target }) => {
  if (!isBox(target)) return;
  if (target.inputMode === "none") {
    target.inputMode = "text";
    swapping = true;
    target.blur();
    swapping = false;
    target.focus();
  }
  edit();
});

// --- an answer takes the place of boxes: what is typed and where one is stay ------------------------
let swapping = false;
let kept = null;
document.addEventListener("plan:swapping", () => {
  swapping = true;
  kept = active && {
    focused: document.activeElement === active, mode, original, value: active.value,
    from: active.selectionStart, to: active.selectionEnd, ...active.dataset, stage: stageOf(active)?.dataset.stage,
    line: place(active).line, at: place(active).at, corner: anchor && { ...anchor.dataset },
    scrolled: [...document.querySelectorAll("#grid [data-stage]")].map((each) => [each.id, each.querySelector(".sheet-scroll").scrollLeft]),
  };
});
document.addEventListener("plan:swapped", ({ detail: { done, structural, queue } }) => {
  if (structural) decorate(queue);
  swapping = false;
  if (kept) settle(done);
  else decorateTabs();
});

function decorateTabs() {
  for (const each of document.querySelectorAll("#grid input:not([tabindex])")) each.tabIndex = -1;
}

function settle(done) {
  decorateTabs();
  for (const [id, left] of kept.scrolled) document.querySelector(`#${id} .sheet-scroll`).scrollLeft = left;
  if (done.makes && kept.column === done.makes) kept.column = done.made;
  const selector = kept.row === "add" ? `#stage-${kept.stage} [data-adds]` : `#grid input[data-row="${kept.row}"][data-column="${kept.column}"]`;
  let input = document.querySelector(selector);
  const line = lines()[Math.min(kept.line, lines().length - 1)];
  // An empty column has a new name after each answer.
  if (!input && kept.column?.startsWith("new")) input = document.getElementById(`row-${kept.row}`)?.querySelector("td:last-child input");
  const lost = !input;
  input ??= line?.[Math.min(kept.at, line.length - 1)];
  if (!input) return;
  // A button of the toolbar took the focus: the new step gets it.
  const asked = kept.focused || document.activeElement === document.body || document.activeElement?.matches("[data-does]");
  const then = asked && { "last-step": lastStep, right: beside }[done.then]?.(input);
  if (then) input = then;
  const editing = !then && !lost && kept.mode !== "move";
  active?.removeAttribute("data-active");
  active = input;
  [mode, original, anchor] = ["move", input.value, null];
  if (editing || kept.row === "add") input.value = kept.value;
  if (editing) [mode, original] = [kept.mode, kept.original];
  const { corner } = kept;
  if (corner && !then && !lost) {
    if (corner.column === done.makes) corner.column = done.made;
    anchor = document.querySelector(`#grid input[data-row="${corner.row}"][data-column="${corner.column}"]`);
  }
  if (!kept.focused && !then) return;
  input.focus({ preventScroll: true });
  input.closest("td").scrollIntoView({ block: "nearest", inline: "nearest" });
  if (editing || (kept.row === "add" && kept.value)) input.setSelectionRange(kept.from, kept.to);
  tell();
}

function lastStep(input) {
  const steps = stageOf(input).querySelectorAll("thead [data-column][id]");
  const { column } = steps[steps.length - 1].dataset;
  const row = kept.focused && document.querySelector(`#grid tbody input[data-row="${kept.row}"][data-column="${column}"]`);
  return row || document.querySelector(`#grid tbody input[data-column="${column}"]`) || document.querySelector(`#grid input[data-row=title][data-column="${column}"]`);
}

function beside(input) {
  return input.closest("td").nextElementSibling?.querySelector("input");
}

// A refusal is said at the box it is about, and what was typed is kept to be copied.
document.addEventListener("plan:refused", ({ detail: { done, words, lost } }) => {
  accept(done);
  for (const each of lost) {
    for (const [row, column, text] of each.typed ?? []) {
      const input = find(row, column);
      keep(input?.getAttribute("aria-label") ?? "A cell", text);
      if (input) refuse(input, `${words} Your value was ${text || "blank"}.`, { lasting: true });
    }
  }
  if (!done.typed?.length && active?.isConnected) refuse(active, words);
  tell();
});
document.addEventListener("plan:swapped", ({ detail: { done } }) => accept(done));

const find = (row, column) => document.querySelector(`#grid input[data-row="${row}"][data-column="${column}"]`);

function refuse(input, words, { lasting = false } = {}) {
  const cell = input.closest("td");
  if (!cell.hasAttribute("data-refused")) cell.dataset.before = cell.dataset.tone ?? "";
  cell.dataset.tone = "error";
  cell.setAttribute("data-refused", lasting ? "typed" : "");
  input.setAttribute("aria-invalid", "true");
  const says = cell.querySelector(".says") ?? cell.appendChild(Object.assign(document.createElement("div"), { className: "says" }));
  says.querySelector("[data-refusal]")?.remove();
  const line = Object.assign(document.createElement("p"), { className: "error", textContent: words });
  line.setAttribute("data-refusal", "");
  says.prepend(line);
  if (input.dataset.row !== "add") says.id ||= `refused-${input.dataset.row}-${input.dataset.column}`;
  if (says.id) input.setAttribute("aria-describedby", says.id);
}

// The next answer: what was refused before is no news any more, but a value that isn't stored
// stays marked until its box is typed into again.
function accept({ typed = [] }) {
  for (const cell of document.querySelectorAll("#grid [data-refused]")) {
    const { row, column } = cell.querySelector("input").dataset;
    if (cell.dataset.refused === "typed" && !typed.some((each) => each[0] === row && each[1] === column)) continue;
    cell.removeAttribute("data-refused");
    cell.querySelector("[data-refusal]")?.remove();
    if (cell.dataset.before) cell.dataset.tone = cell.dataset.before;
    else delete cell.dataset.tone;
    if (cell.dataset.before !== "error") cell.querySelector("input").removeAttribute("aria-invalid");
  }
}

function keep(where, text) {
  if (!text) return;
  const lost = document.getElementById("lost");
  const item = document.createElement("li");
  item.append(Object.assign(document.createElement("strong"), { textContent: where }), `: ${text}`);
  lost.querySelector("ul").append(item);
  lost.hidden = false;
}

// A line of "Before it can be issued" leads into its box.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-goes]");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  go(target.querySelector("input") ?? document.querySelector(`#grid input[data-row=title][data-column="${target.dataset.column}"]`));
});

function begin() {
  if (!plan()) return;
  // One swap of the page can be told more than once.
  if (plan().hasAttribute("data-ready")) return;
  plan().setAttribute("data-ready", "");
  [active, mode] = [null, "move"];
  decorate();
  const here = document.querySelector("#grid th[data-here]")?.dataset.column;
  const first = document.querySelector(`#grid tbody input[data-column="${here}"]`) ?? document.querySelector("#grid tbody input");
  const start = first ?? document.querySelector(`#stage-${plan().dataset.first} [data-adds]`);
  if (!document.querySelector("[data-focus], .issue [aria-invalid=true]")) return go(start);
  // The focus belongs to what has to be put right; the cell one would begin in is told all the same.
  [active, original, anchor] = [start, start.value, null];
  active.tabIndex = 0;
  active.setAttribute("data-active", "");
  tell();
}
document.addEventListener("htmx:afterSwap", (event) => event.detail.target.id === "main" && begin());
begin();

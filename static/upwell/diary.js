// The returned diary. Its code: the field has the focus, and a scanner's Enter before the code sends
// nothing. Its sheet: arrow keys and digits, and a cell that is complete moves on by itself.
(() => {
  "use strict";
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const A_DAY = 86400000;
  const CODE_SIGNS = 8;
  const NOT_DONE = /^[-\u2012-\u2015\u2212]$/;
  const TICK = "\u2713";

  const form = () => document.querySelector("form[data-diary]");
  const isCell = (element) => element.matches?.("[data-diary] input[data-cell]");
  const lineOf = (cell) => cell.closest("tr[data-line]");
  const cellsIn = (root) => [...root.querySelectorAll("input[data-cell]:not([data-cell=on])")];
  const inColumn = (line, name) => line?.querySelector(`input[data-column="${name}"]`);
  // Digits in a cell before the last key: tells typing a number from changing one.
  const before = new WeakMap();
  // Where the last key led by itself, and whether that is another line: a key of habit that comes
  // right after would lead one cell or one line too far, and leave it empty unseen.
  let arrived = null;

  function enter(cell) {
    cell.focus();
    cell.select();
  }

  const save = () => form().querySelector("[data-diary-save]")?.focus();
  const unsaved = (is = true) => form()?.toggleAttribute("data-unsaved", is);

  function byItself(move, cell) {
    move(cell);
    const at = document.activeElement;
    arrived = at === cell ? null : { at, line: isCell(at) && lineOf(at) !== lineOf(cell) };
  }

  function isHabit({ key, shiftKey, target }) {
    const here = arrived;
    arrived = null;
    if (here?.at !== target || shiftKey) return false;
    return key === "Tab" || key === "ArrowRight" || (key === "Enter" && here.line);
  }

  function goOn(cell, by = 1) {
    const cells = cellsIn(form());
    const next = cells[cells.indexOf(cell) + by];
    if (next) enter(next);
    else if (by > 0) save();
  }

  function nextLine(cell) {
    const lines = [...form().querySelectorAll("tr[data-line]")];
    const below = lines.slice(lines.indexOf(lineOf(cell)) + 1).flatMap(cellsIn);
    if (below.length) enter(below[0]);
    else save();
  }

  // The cell of the same column in the nearest line above or below that has one.
  function beside(cell, step) {
    const lines = [...form().querySelectorAll("tr[data-line]")];
    for (let at = lines.indexOf(lineOf(cell)) + step; lines[at]; at += step) {
      const other = inColumn(lines[at], cell.dataset.column);
      if (other) return other;
    }
    return null;
  }

  // What stands in the line above, typed or on record.
  function above(cell) {
    const lines = [...form().querySelectorAll("tr[data-line]")];
    const line = lines[lines.indexOf(lineOf(cell)) - 1];
    if (!line) return "";
    const typed = inColumn(line, cell.dataset.column);
    if (typed) return typed.value;
    const text = line.cells[cell.closest("td").cellIndex].querySelector("[data-value]")?.dataset.value ?? "";
    return { blank: "", "not done": "-" }[text] ?? text.replace(" %", "");
  }

  function put(cell, value) {
    unsaved();
    cell.value = value;
    before.set(cell, value);
    count();
  }

  // --- keys that are no figures ----------------------------------------------------------------
  function special(event, cell) {
    const { kind, key } = { kind: cell.dataset.cell, key: event.key };
    if (key === "ArrowDown" || key === "ArrowUp") {
      const other = beside(cell, key === "ArrowDown" ? 1 : -1);
      if (other) enter(other);
      return true;
    }
    if (kind === "on" && (key === "Enter" || key === "Tab")) delete cell.dataset.proposed;
    if (key === "Enter") return kind === "on" ? enter(cellsIn(lineOf(cell))[0]) : nextLine(cell), true;
    if (kind === "on") return false;
    if (key === "ArrowRight" || (key === "Tab" && !event.shiftKey)) {
      const last = cellsIn(form()).at(-1) === cell;
      if (last && key === "Tab") return false;
      return goOn(cell), true;
    }
    if (key === "ArrowLeft") {
      const line = cellsIn(lineOf(cell));
      const on = inColumn(lineOf(cell), "on");
      return line[0] === cell && on ? enter(on) : goOn(cell, -1), true;
    }
    if (key === "=") return put(cell, above(cell)), byItself(goOn, cell), true;
    if (key === "d" || key === "D" || key === '"') {
      const line = cellsIn(lineOf(cell));
      for (const each of line.slice(line.indexOf(cell))) put(each, above(each));
      return byItself(nextLine, cell), true;
    }
    if (kind !== "done") return false;
    if (key === " " || /^[xt]$/i.test(key)) return put(cell, TICK), byItself(goOn, cell), true;
    if (NOT_DONE.test(key)) return put(cell, "-"), byItself(nextLine, cell), true;
    return false;
  }

  // --- figures -----------------------------------------------------------------------------------
  function typed(cell) {
    const { value } = cell;
    arrived = null;
    const was = before.get(cell) ?? "";
    before.set(cell, value);
    count();
    const grown = value.length > was.length || (was.length > 1 && value.length === 1);
    if (!grown) return;
    if (cell.dataset.cell === "pain") {
      // A one may become a ten; with any other digit behind it, that digit is the next cell's.
      const rest = /^1([1-9])$/.exec(value)?.[1];
      if (rest) {
        put(cell, "1");
        goOn(cell);
        const next = document.activeElement;
        if (!isCell(next)) return;
        before.set(next, "");
        next.value = rest;
        typed(next);
      } else if (/^([02-9]|10)$/.test(value)) byItself(goOn, cell);
    } else if (cell.dataset.cell === "minutes") {
      // Two digits may become three, so only a third goes on by itself.
      if (/^\d{3}$/.test(value)) byItself(goOn, cell);
    } else if (/^[xt]$/i.test(value)) {
      put(cell, TICK), byItself(goOn, cell);
    } else if (/^([2-9]\d|1[1-9]|100)$/.test(value)) byItself(goOn, cell);
  }

  // --- how much is written -----------------------------------------------------------------------
  const some = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  function count() {
    const shown = form()?.querySelector("[data-count]");
    if (!shown) return;
    let sessions = 0;
    let notDone = 0;
    for (const line of form().querySelectorAll("tr[data-line]")) {
      const done = inColumn(line, "done");
      const written = cellsIn(line).filter((cell) => cell.value.trim());
      if (!done) {
        sessions += line.dataset.kept === "session";
        notDone += line.dataset.kept === "not_done";
      } else if (written.length === 1 && /^([-\u2012-\u2015\u2212]|0)$/.test(done.value.trim())) notDone += 1;
      else if (written.length) sessions += 1;
    }
    // A one and a zero may have been meant for two cells, and so may a third digit of minutes: said aloud.
    const holding = (kind, figures) => cellsIn(form()).filter((cell) => cell.dataset.cell === kind && figures.test(cell.value.trim())).length;
    const tens = holding("pain", /^10$/);
    const long = holding("minutes", /^\d{3,}$/);
    const said = [some(sessions + notDone, "line"), some(sessions, "session"), `${notDone} not done`];
    if (tens) said.push(`pain 10 in ${some(tens, "cell")}: is that so?`);
    if (long) said.push(`100 minutes or more in ${some(long, "cell")}: is that so?`);
    shown.textContent = said.join(", ");
  }

  // --- dates: those below follow -----------------------------------------------------------------
  function read(text) {
    const today = new Date(`${form().dataset.today}T00:00:00Z`);
    const words = text.trim().toLowerCase();
    const figures = /^(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?$/.exec(words);
    const named = /^(?:[a-z]{3,9},? )?(\d{1,2}) ([a-z]{3})[a-z]*(?: (\d{4}))?$/.exec(words);
    const found = figures ?? named;
    if (!found) return null;
    const month = figures ? found[2] - 1 : MONTHS.findIndex((each) => each.toLowerCase() === found[2]);
    const year = found[3] ? +found[3] + (found[3].length === 2 ? 2000 : 0) : today.getUTCFullYear();
    const day = new Date(Date.UTC(year, month, +found[1]));
    if (!found[3] && day > today) day.setUTCFullYear(year - 1);
    return month < 0 || day.getUTCDate() !== +found[1] || day.getUTCMonth() !== month ? null : day;
  }

  const shownDay = (day) => `${DAYS[day.getUTCDay()]} ${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;

  function moved(cell) {
    const was = read(cell.dataset.was ?? "");
    const is = read(cell.value);
    if (!is) return;
    put(cell, shownDay(is));
    cell.dataset.was = cell.value;
    cell.dataset.byHand = "";
    delete cell.dataset.proposed;
    if (!was) return;
    const cells = [...form().querySelectorAll("input[data-cell=on]")];
    for (const each of cells.slice(cells.indexOf(cell) + 1)) {
      const day = read(each.value);
      if (!day || "byHand" in each.dataset) continue;
      each.value = each.dataset.was = shownDay(new Date(day.valueOf() + (is - was)));
    }
  }

  // --- a scanner that sends the code once more, into the sheet: taken back -----------------------
  let recent = [];
  function scannedHere(event) {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return false;
    const values = [...form().querySelectorAll("input[data-cell]")].map((cell) => cell.value);
    const typedBefore = form().hasAttribute("data-unsaved");
    recent = [...recent, { key: event.key.toUpperCase(), values, at: event.target, typedBefore }].slice(-CODE_SIGNS);
    if (recent.map((each) => each.key).join("") !== form().dataset.code) return false;
    const [first] = recent;
    [...form().querySelectorAll("input[data-cell]")].forEach((cell, at) => put(cell, first.values[at]));
    unsaved(first.typedBefore);
    enter(first.at);
    // The Enter that a scanner sends behind it.
    arrived = { at: first.at, line: true };
    recent = [];
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("input[data-code]")) {
      if (event.key === "Enter" && !event.target.value.trim()) event.preventDefault();
      return;
    }
    if (isHabit(event)) return event.preventDefault();
    if (!isCell(event.target) || event.isComposing) return;
    if (scannedHere(event)) return event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (special(event, event.target)) event.preventDefault();
  });
  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form === form()) unsaved();
    if (isCell(event.target) && event.target.dataset.cell !== "on") typed(event.target);
  });
  document.addEventListener("change", (event) => {
    if (isCell(event.target) && event.target.dataset.cell === "on") moved(event.target);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("input[data-code]")) event.target.select();
    if (!isCell(event.target)) return;
    before.set(event.target, event.target.value);
    if (event.target.dataset.cell === "on") event.target.dataset.was = event.target.value;
    event.target.select();
  });

  // --- typed and not saved: leaving asks first ---------------------------------------------------
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) unsaved(false);
  });
  window.addEventListener("beforeunload", (event) => {
    if (form()?.hasAttribute("data-unsaved")) event.preventDefault();
  });

  function begin() {
    if (!form()) return;
    recent = [];
    arrived = null;
    count();
    // The first cell that is wrong, else the first date nobody gave, else the first empty cell.
    const cells = cellsIn(form());
    const date = form().querySelector("input[data-proposed]");
    const asked = form().querySelector("tr[data-tone] + .says input") ?? form().querySelector("tr[data-tone] input[data-cell]");
    const first = form().querySelector("input[aria-invalid=true]") ?? asked ?? date ?? cells.find((cell) => !cell.value && lineOf(cell).dataset.kept !== "not_done");
    if (!first || form().querySelector("[data-focus]")) return;
    if (isCell(first)) enter(first);
    else first.focus();
  }
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();

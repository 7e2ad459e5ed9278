// Rows of runs as in a spreadsheet: Enter goes down and adds a row, pasted rows go to the server,
// which reads them and spreads them over the boxes.
(() => {
  "use strict";
  const COLUMNS = ["on", "distance", "duration", "surface", "note"];
  const MOST_ROWS = 70;

  const tableOf = (element) => element.closest?.(".run-rows");
  const rowsOf = (form) => form.querySelector("[data-rows]");

  // The day after the one above, where that is written the way this page writes it.
  function nextDay(text, form) {
    const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim());
    if (!match) return "";
    const day = new Date(Date.UTC(+match[3], +match[2] - 1, +match[1] + 1));
    const today = new Date(`${form.dataset.today}T00:00:00Z`);
    const shown = day > today ? today : day;
    return Number.isNaN(shown.valueOf()) ? "" : `${shown.getUTCDate()}/${shown.getUTCMonth() + 1}/${shown.getUTCFullYear()}`;
  }

  const typedIn = (row) => COLUMNS.slice(1).some((name) => row.querySelector(`[name=${name}]`).value.trim());

  function addRow(form) {
    const body = rowsOf(form);
    if (body.rows.length >= MOST_ROWS) return null;
    const row = body.rows[body.rows.length - 1].cloneNode(true);
    const number = body.rows.length + 1;
    row.removeAttribute("data-tone");
    for (const said of row.querySelectorAll(".error, .twin")) said.remove();
    for (const input of row.querySelectorAll("input")) {
      input.value = "";
      input.id = `row-${number}-${input.name}`;
      input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, number));
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
    body.append(row);
    return row;
  }

  function enter(row, form) {
    const date = row.querySelector("[name=on]");
    const above = row.previousElementSibling;
    if (!date.value && above && typedIn(above)) date.value = nextDay(above.querySelector("[name=on]").value, form);
  }

  document.addEventListener("focusin", (event) => {
    if (!tableOf(event.target) || event.target.name !== "on") return;
    enter(event.target.closest("tr"), event.target.form);
    event.target.select();
  });

  document.addEventListener("keydown", (event) => {
    if (!tableOf(event.target) || event.target.tagName !== "INPUT" || event.isComposing) return;
    const row = event.target.closest("tr");
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const next = row.nextElementSibling ?? addRow(event.target.form);
      next?.querySelector("[name=on]").focus();
    } else if (move && event.target.name !== "surface") {
      const other = move > 0 ? row.nextElementSibling : row.previousElementSibling;
      if (!other) return;
      event.preventDefault();
      other.querySelector(`[name=${event.target.name}]`).focus();
    }
  });

  document.addEventListener("paste", (event) => {
    if (!tableOf(event.target) || event.target.tagName !== "INPUT") return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const lines = text.replace(/[\r\n]+$/, "").split(/\r\n|\r|\n/);
    const column = COLUMNS.indexOf(event.target.name);
    const cells = text.includes("\t");
    if (!cells && (lines.length < 2 || column > 0)) return;
    const form = event.target.form;
    const spread = form.querySelector("[data-spread]");
    const box = form.querySelector("[name=pasted]");
    if (!spread || !box) return;
    event.preventDefault();
    const placed = lines.map((line) => (cells ? "\t".repeat(column) : "") + line).join("\n");
    box.value = box.value.trim() ? `${box.value.trimEnd()}\n${placed}` : placed;
    form.requestSubmit(spread);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-row]");
    if (button) addRow(button.form)?.querySelector("[name=on]").focus();
  });

  function begin() {
    for (const button of document.querySelectorAll("[data-add-row]")) button.hidden = false;
  }
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();

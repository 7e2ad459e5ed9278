// Keys for the rows of radio buttons: digits for pain (1 then 0 is ten), y and n, Delete takes back.
// Where one question leads to the next, a row that has its answer says "answered" and the page
// moves on; a 1 waits in sight for its 0, and any other digit behind it belongs to the next question.
(() => {
  "use strict";
  const SECOND_DIGIT_MS = 900;
  const LEADING = ".log-pains [data-segmented], [data-morning] [data-segmented]";
  let waiting = null; // the row whose 1 may become a ten

  const named = (row, value) => [...row.querySelectorAll("input[type=radio]")].find((radio) => radio.value === value);

  function choose(radio) {
    if (!radio || radio.disabled) return;
    radio.focus();
    if (radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // --- one, or ten -----------------------------------------------------------------------------
  // A one and a nought may have been meant for two questions, so a ten is said aloud.
  function tell(row) {
    if (!row.matches(LEADING)) return;
    let said = row.querySelector("output");
    if (!said) {
      said = document.createElement("output");
      said.className = "key-says";
      row.append(said);
    }
    const words = waiting?.row === row ? "1 … or 10" : named(row, "10")?.checked ? "10: is that so?" : "";
    if (said.textContent !== words) said.textContent = words;
  }

  function wait(row) {
    const over = row.matches(LEADING) ? answered : stop;
    waiting = { row, timer: setTimeout(over, SECOND_DIGIT_MS, row) };
    tell(row);
  }

  function stop() {
    if (!waiting) return;
    const { row, timer } = waiting;
    clearTimeout(timer);
    waiting = null;
    tell(row);
  }

  function answered(row) {
    stop();
    row.dispatchEvent(new CustomEvent("answered", { bubbles: true }));
  }

  function digit(row, key) {
    const held = waiting?.row === row;
    const ten = held && key === "0";
    stop();
    if (held && !ten && row.matches(LEADING)) {
      answered(row);
      return pass(row, key);
    }
    const radio = named(row, ten ? "10" : key);
    if (!radio) return false;
    choose(radio);
    if (key === "1" && named(row, "10")) wait(row);
    else if (row.matches(LEADING)) answered(row);
    return true;
  }

  // To what has the keys now: the next row, or a box.
  function pass(row, key) {
    const box = document.activeElement;
    const next = box.closest("[data-segmented]");
    if (next) return next !== row && digit(next, key);
    if (!box.matches("input") || box.readOnly) return true;
    box.value = key;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  // --- keys ------------------------------------------------------------------------------------
  const isDigit = (event) => /^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;

  // Before the keys a page has of its own.
  document.addEventListener("keydown", (event) => isDigit(event) || stop(), true);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest("[data-segmented]");
    if (!row) return;
    const key = event.key.toLowerCase();
    let done = false;
    if (isDigit(event)) {
      done = event.repeat || digit(row, key);
    } else {
      const value = { y: "yes", n: "no", delete: "", backspace: "" }[key];
      const radio = value === undefined ? null : named(row, value);
      choose(radio);
      done = Boolean(radio);
    }
    if (done) event.preventDefault();
  });
  document.addEventListener("focusout", (event) => {
    if (waiting?.row.contains(event.target) && !waiting.row.contains(event.relatedTarget)) stop();
  });
  document.addEventListener("input", (event) => {
    const row = event.target.closest(LEADING);
    if (row) tell(row);
  });

  const begin = () => document.querySelectorAll(LEADING).forEach(tell);
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();

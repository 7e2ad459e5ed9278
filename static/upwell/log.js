// Keys of the page on which a session is logged: digits for pain, one question after the other,
// the minutes of stiffness, then the boxes of the table as in a spreadsheet; Enter saves. Without it the page is a plain form.
(() => {
  "use strict";
  const form = () => document.querySelector("form[data-log]");
  const pickers = () => [...form().querySelectorAll(".log-pains [data-segmented]")];
  const minutes = () => form().querySelector("[name=stiffness_min]");
  const shown = (box) => box.getClientRects().length > 0;
  const rows = () => [...form().querySelectorAll("[data-sheet] tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")].filter(shown));
  const radios = (picker) => [...picker.querySelectorAll("input[type=radio]")];

  // --- pain: its digits are those of every row of buttons (fields.js) --------------------------
  function clear(picker) {
    for (const radio of radios(picker)) radio.checked = false;
    radios(picker)[0].focus();
    radios(picker)[0].dispatchEvent(new Event("input", { bubbles: true }));
  }

  function enter(box) {
    if (!box) return;
    box.focus();
    if (box.matches("[data-cell], [name=stiffness_min]")) box.select();
  }

  const into = (picker) => (radios(picker).find((each) => each.checked) || radios(picker)[0]).focus();

  function goOn(picker) {
    const all = pickers();
    const next = all[all.indexOf(picker) + 1];
    if (next) into(next);
    else enter(minutes());
  }

  // --- minutes of stiffness: between pain and the table ----------------------------------------
  function inMinutes(event, box) {
    if (event.key === "ArrowDown") return enter(rows().flat()[0] || form().querySelector("[name=note]")), true;
    if (event.key === "ArrowUp") return into(pickers().at(-1)), true;
    if (event.key === "Backspace" && !box.value) return clear(pickers().at(-1)), true;
    return false;
  }

  function type(box, text) {
    if (!box?.matches("[data-cell]")) return;
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function takeBack(picker) {
    const before = pickers()[pickers().indexOf(picker) - 1];
    const answered = radios(picker).some((each) => each.checked && each.value !== "");
    clear(answered || !before ? picker : before);
  }

  // --- the table -------------------------------------------------------------------------------
  function beside(box, key) {
    const all = rows();
    const at = all.findIndex((row) => row.includes(box));
    const place = all[at].indexOf(box);
    const flat = all.flat();
    if (key === "ArrowLeft") return flat[flat.indexOf(box) - 1];
    if (key === "ArrowRight") return flat[flat.indexOf(box) + 1];
    const row = all[at + (key === "ArrowUp" ? -1 : 1)];
    if (!row) return null;
    // The same set of the next exercise, or its last one.
    const wanted = Number(box.dataset.cell);
    return row.find((each) => Number(each.dataset.cell) === wanted) || row[Math.min(place, row.length - 1)];
  }

  const atEdge = (box, key) => (key === "ArrowLeft" ? box.selectionStart === 0 : box.selectionEnd === box.value.length);

  function inTable(event, box) {
    if (event.key === "ArrowUp" || event.key === "ArrowDown" || (/^Arrow(Left|Right)$/.test(event.key) && atEdge(box, event.key))) {
      const next = beside(box, event.key);
      enter(next || (event.key === "ArrowUp" ? minutes() : null));
      return true;
    }
    if (event.key === "=") {
      const last = box.parentElement.querySelector("[data-last]")?.lastChild.textContent.trim() || "";
      if (last) type(box, last), box.select();
      return true;
    }
    if (event.key === "Backspace" && !box.value) {
      enter(beside(box, "ArrowLeft") || minutes());
      return true;
    }
    return false;
  }

  // --- keys ------------------------------------------------------------------------------------
  function handled(event) {
    const { key, target } = event;
    const save = form().querySelector("[data-save]");
    if (key === "Enter" && !target.closest("textarea, button, a, summary")) {
      // A further session is logged by its button alone, never by Enter twice.
      if (save) form().requestSubmit(save);
      else form().querySelector("[data-another]")?.focus();
      return true;
    }
    if (target.matches("[data-cell]")) return inTable(event, target);
    if (target === minutes()) return inMinutes(event, target);
    const picker = target.closest(".log-pains [data-segmented]");
    if (!picker) return false;
    if (key === "Backspace" || key === "Delete") return takeBack(picker), true;
    return false;
  }

  // Before the keys every row of buttons has on every page.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!event.target.closest?.("form[data-log]")) return;
    if (!handled(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("answered", (event) => event.target.matches("form[data-log] .log-pains *") && goOn(event.target));
  document.addEventListener("focusin", (event) => event.target.matches("form[data-log] [data-cell]") && event.target.select());

  // --- a load for an exercise without one ------------------------------------------------------
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".add-load[open]")) enter(event.target.querySelector("[data-cell]"));
  }, true);

  // --- what is logged of the chosen day --------------------------------------------------------
  document.addEventListener("change", (event) => {
    if (event.target.name !== "happened_on" || !event.target.closest("form[data-log]")) return;
    for (const day of form().querySelectorAll("[data-day]")) day.hidden = day.dataset.day !== event.target.value;
  });

  // --- the page opens with the first question having the keys ----------------------------------
  if (form() && !form().querySelector("[data-focus]")) pickers()[0].querySelector("input").focus({ preventScroll: true });
})();

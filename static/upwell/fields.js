// Keys for the rows of radio buttons: digits for pain (1 then 0 is ten), y and n, Delete takes back.
(() => {
  "use strict";
  const SECOND_DIGIT_MS = 900;
  let pending = null;

  function choose(radio) {
    if (!radio || radio.disabled) return;
    radio.focus();
    if (radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest("[data-segmented]");
    if (!row) return;
    const radios = [...row.querySelectorAll("input[type=radio]")];
    const named = (value) => radios.find((radio) => radio.value === value);
    const key = event.key.toLowerCase();
    let wanted = null;
    if (/^[0-9]$/.test(key)) {
      const ten = key === "0" && pending?.row === row && Date.now() - pending.at < SECOND_DIGIT_MS;
      wanted = named(ten ? "10" : key);
      pending = key === "1" && !ten ? { row, at: Date.now() } : null;
    } else if (key === "y" || key === "n") {
      wanted = named(key === "y" ? "yes" : "no");
    } else if (key === "delete" || key === "backspace") {
      wanted = named("");
    }
    if (!wanted) return;
    event.preventDefault();
    choose(wanted);
  });
})();

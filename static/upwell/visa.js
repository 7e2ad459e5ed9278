// VISA-A from paper: in items 7 and 8 a digit presses the button at that place of the row.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    const row = event.target.closest("#visa :is(.choices, .training) [data-segmented]");
    const radio = row?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!radio || radio.value === "") return;
    event.preventDefault();
    radio.focus();
    if (radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();

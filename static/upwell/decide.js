// The session's page: "c" confirms what is proposed; the morning after takes a digit, minutes, Enter.
(() => {
  "use strict";
  const SECOND_DIGIT_MS = 900;
  const TYPED_IN = "input, textarea, select, [contenteditable], dialog";
  let waiting = null;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key.toLowerCase() !== "c" || event.target.closest(TYPED_IN)) return;
    if (document.querySelector("dialog[open]")) return;
    const confirm = document.querySelector("[data-confirm]");
    if (!confirm || confirm.disabled) return;
    event.preventDefault();
    confirm.focus();
    confirm.click();
  });

  // A digit chose the pain (fields.js): the minutes come next. After a 1 a 0 may follow for ten.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
    const row = event.target.closest("[data-morning] [data-segmented]");
    if (!row) return;
    clearTimeout(waiting);
    const minutes = row.closest("form").querySelector("input[name=stiffness_min]");
    const go = () => minutes.focus();
    if (event.key === "1") waiting = setTimeout(() => row.contains(document.activeElement) && go(), SECOND_DIGIT_MS);
    else setTimeout(go);
  });

  // The day's list asks for the morning after: the answer can be typed at once.
  const morning = document.querySelector("[data-morning] input[type=radio]");
  if (morning && !location.hash && !document.querySelector("[data-focus]")) morning.focus({ preventScroll: true });
})();

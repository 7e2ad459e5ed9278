// The session's page: "c" confirms what is proposed; the morning after takes a digit, minutes, Enter.
(() => {
  "use strict";
  const TYPED_IN = "input, textarea, select, [contenteditable], dialog";

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

  // The pain has its answer (fields.js): the minutes come next.
  document.addEventListener("answered", (event) => {
    const minutes = event.target.closest("[data-morning]")?.querySelector("input[name=stiffness_min]");
    if (!minutes) return;
    minutes.focus();
    minutes.select();
  });

  // Of the reasons only those are offered that fit what is decided; the server holds to the same.
  function narrow(form) {
    const outcome = form.querySelector("input[name=outcome]:checked")?.value;
    const fits = JSON.parse(form.dataset.fits)[outcome];
    for (const radio of form.querySelectorAll("input[name=reason_kind]")) {
      const left = !fits || !radio.value || fits.includes(radio.value);
      radio.closest("label").parentElement.hidden = !left;
      if (!left) radio.checked = false;
    }
  }
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-fits]");
    if (form && event.target.name === "outcome") narrow(form);
  });

  // The day's list asks for the morning after: the answer can be typed at once.
  const morning = document.querySelector("[data-morning] input[type=radio]");
  if (morning && !location.hash && !document.querySelector("[data-focus]")) morning.focus({ preventScroll: true });
})();

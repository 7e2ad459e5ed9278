// Copying a link that is shown once, and the button of a passkey.
(() => {
  "use strict";

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const box = document.getElementById(button.dataset.copies);
    box.select();
    // Without the right to the clipboard it is selected, and copied by the keyboard.
    const copied = await navigator.clipboard?.writeText(box.value).then(() => true, () => false);
    if (copied) button.textContent = "Copied";
  });

  const form = document.querySelector("form[data-passkey]");
  const scripts = window.allauth?.webauthn?.forms;
  if (!form || !scripts) return;
  const button = form.querySelector("#passkey-button");
  const problem = form.querySelector("[data-passkey-problem]");
  const ids = { data: "js_data", credential: form.dataset.credential, add: button.id, authenticate: button.id };
  scripts[form.dataset.passkey]({ ids });
  // Enter in the box of the name goes the way of the button; the script itself sends without this event.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.click();
  });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    problem.textContent = window.isSecureContext
      ? "The passkey wasn’t used: it took too long, was cancelled, or isn’t one of this account. Try again."
      : "Passkeys need an address that begins with https. An authenticator app works here.";
    problem.hidden = false;
  });
})();

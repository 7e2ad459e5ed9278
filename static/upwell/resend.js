// Sent, and no answer came: the form stays as it was typed and is sent again. Loaded before
// upwell.js, which speaks of every failure this doesn't take on.
(() => {
  "use strict";
  // Statuses of something in front of the server, or of a server without its database.
  const NO_ANSWER = [502, 503, 504];
  // What is said while it goes by itself, and where only a hand may send it again.
  const NO_CONNECTION = [
    "No connection. What you typed is still here and is sent by itself when the connection is back.",
    "No connection: it may not be saved. What you typed is still here; send it when the connection is back.",
  ];
  const NOT_ANSWERING = [
    "The server doesn’t answer. What you typed is still here and is sent again by itself until it does.",
    "No answer in time: it may not be saved. What you typed is still here; check, then send it again.",
  ];
  const [FIRST_WAIT, LONGEST_WAIT] = [3, 30]; // seconds between two tries: 3, 6, 12, 24, 30, 30
  const QUIET = 2; // seconds without a keystroke before it goes by itself, so never half a word
  const unsent = new Map(); // each form, and the words of its banner
  const sentBy = new WeakMap(); // the button it was sent with
  let wait = FIRST_WAIT;
  let timer = null;
  let typedAt = -Infinity;
  let flying = null; // the form being sent again

  // Drafts that save themselves and the search have ways of their own.
  const covered = (form) => form.matches?.("form[hx-post][hx-target='#main']:not([data-autosave]), form[data-resend]");
  // Only what is done once however often it comes; anything else waits for a hand.
  const goesAlone = (form) => Boolean(form.elements.form_token || form.elements.version || form.hasAttribute("data-once"));
  const sendNow = ["Send now", () => sendNext(true)];
  const say = (text, tone) => document.dispatchEvent(new CustomEvent("say", { detail: { text, tone, actions: [sendNow] } }));
  const said = () => document.querySelector("#notice p")?.textContent;
  const signedOut = () => document.body.hasAttribute("data-signed-out");

  // --- which forms wait, and how long ----------------------------------------------------------
  // A form that is kept to be sent again is no longer the frame's to speak of.
  function unanswered(event, words) {
    const { elt, requestConfig } = event.detail;
    if (flying === elt) flying = null;
    if (!covered(elt) || requestConfig.verb !== "post") return;
    event.preventDefault();
    elt.setAttribute("data-unanswered", "");
    unsent.set(elt, words[goesAlone(elt) ? 0 : 1]);
    remind();
    soon(wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  // Said once: a reader of the screen isn't told again with each try.
  function remind() {
    const words = [...unsent.values()].at(-1);
    if (words && said() !== words) say(words);
  }

  function soon(seconds) {
    clearTimeout(timer);
    timer = setTimeout(sendNext, seconds * 1000);
  }

  // One at a time; what leads to another page goes last, or it would take the others with it.
  function sendNext(asked = false) {
    clearTimeout(timer);
    for (const form of unsent.keys()) if (!form.isConnected) unsent.delete(form);
    const ready = [...unsent.keys()].filter((form) => asked === true || goesAlone(form));
    const form = ready.find((each) => each.hasAttribute("data-resend")) ?? ready[0];
    if (!form || signedOut() || form.classList.contains("htmx-request")) return;
    const quiet = (performance.now() - typedAt) / 1000;
    if (asked !== true && quiet < QUIET) return soon(QUIET - quiet);
    flying = form;
    const by = sentBy.get(form);
    const usable = by?.isConnected && by.form === form && !by.disabled;
    // htmx adds a button's name and address only while the button has the focus.
    if (usable) by.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    form.requestSubmit(usable ? by : null);
    if (usable && by !== document.activeElement) by.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }

  // --- what happened ---------------------------------------------------------------------------
  document.addEventListener("htmx:responseError", (event) => {
    if (NO_ANSWER.includes(event.detail.xhr.status)) unanswered(event, NOT_ANSWERING);
  });
  document.addEventListener("htmx:sendError", (event) => unanswered(event, NO_CONNECTION));
  // The server may have saved it and answered too late.
  document.addEventListener("htmx:timeout", (event) => unanswered(event, NOT_ANSWERING));
  window.addEventListener("online", () => {
    if (signedOut() || !unsent.size) return;
    if (![...unsent.keys()].some(goesAlone)) return say("The connection is back. What you typed is still here.", "ok");
    wait = FIRST_WAIT;
    sendNext();
  });
  document.addEventListener("submit", (event) => sentBy.set(event.target, event.submitter), true);
  // Typed while it is on its way again: that answer would lead away from what was typed since.
  document.addEventListener("input", (event) => {
    if (!unsent.has(event.target.form)) return;
    typedAt = performance.now();
    if (flying === event.target.form) htmx.trigger(flying, "htmx:abort");
  });
  document.addEventListener("htmx:sendAbort", (event) => {
    if (flying === event.detail.elt) flying = null;
    if (unsent.has(event.detail.elt)) soon(QUIET);
  });
  // Any answer is one, a refusal too.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (NO_ANSWER.includes(xhr.status) || !unsent.delete(elt)) return;
    elt.removeAttribute("data-unanswered");
    flying = null;
    wait = FIRST_WAIT;
    if (unsent.size) setTimeout(remind), soon(0.1);
  });
  // A form beside the page's own would be lost when that one leads on.
  document.addEventListener("input", (event) => {
    if (event.target.form?.matches("[data-resend]")) event.target.form.setAttribute("data-typed", "");
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsent.size || document.querySelector("form[data-resend][data-typed]")) event.preventDefault();
  });
})();

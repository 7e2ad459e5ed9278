// The frame: dialogs, search key, double submits, and honest words when a save didn't happen.
(() => {
  "use strict";
  const notice = () => document.getElementById("notice");
  const setting = (name) => document.querySelector(`meta[name=${name}]`).content;
  let signedOut = false;
  let refused = false;

  function say(text, { tone = "error", actions = [] } = {}) {
    const banner = document.createElement("div");
    banner.className = "banner";
    banner.dataset.tone = tone;
    const words = document.createElement("p");
    words.textContent = text;
    banner.append(words, ...actions, button("Close", clear));
    notice().replaceChildren(banner);
  }

  function button(label, onClick) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "quiet";
    element.textContent = label;
    element.addEventListener("click", onClick);
    return element;
  }

  function clear() {
    notice().replaceChildren();
  }

  // --- what the server said, or didn't ---------------------------------------------------------
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401) return;
    if (NO_ANSWER.includes(status) && unanswered(event, NOT_ANSWERING)) return;
    // An old security token or a missing right: a token renewed before the next try tells them apart.
    if (status === 403 && (refused = !refused)) return renew(true);
    const id = event.detail.xhr.getResponseHeader("X-Request-Id");
    const words = {
      403: "Not allowed for your role. Nothing was changed.",
      404: "That isn’t there any more. Nothing was changed.",
    };
    say(`${words[status] || "Something went wrong. Nothing was saved."} What you typed is still here.${id ? ` Request ${id}.` : ""}`);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!unanswered(event, NO_CONNECTION)) say("Not saved: no connection. What you typed is still here.");
  });
  // The server may have saved it and answered too late, so this doesn't claim either.
  document.addEventListener("htmx:timeout", (event) => {
    if (!unanswered(event, NOT_ANSWERING)) say("No answer in time: it may not be saved. What you typed is still here; check, then save again.");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { isError, requestConfig, serverResponse, xhr } = event.detail;
    if (isError || signedOut || requestConfig.verb === "get") return;
    refused = false;
    clear();
    // A refusal is a whole page; inside htmx its sentence is enough, and the form stays as typed.
    if (xhr.status !== 422 || !serverResponse.includes("data-refused")) return;
    const page = new DOMParser().parseFromString(serverResponse, "text/html");
    event.detail.shouldSwap = false;
    say(`${page.querySelector("[data-refused]").textContent} Nothing was saved; what you typed is still here.`);
  });
  window.addEventListener("online", () => {
    if (signedOut) return;
    if ([...unsent.keys()].some(goesAlone)) {
      wait = FIRST_WAIT;
      sendNext();
    } else if (unsent.size) {
      say("The connection is back. What you typed is still here.", { tone: "ok", actions: [sendNow()] });
    } else if (notice().firstChild) {
      say("The connection is back. Save again.", { tone: "ok" });
    }
  });

  // --- sent, and no answer came: the form stays as it is and is sent again ---------------------
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
  const sendNow = () => button("Send now", () => sendNext(true));

  // True when the form is kept to be sent again.
  function unanswered(event, words) {
    const { elt, requestConfig } = event.detail;
    if (flying === elt) flying = null;
    if (!covered(elt) || requestConfig.verb !== "post") return false;
    unsent.set(elt, words[goesAlone(elt) ? 0 : 1]);
    remind();
    soon(wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
    return true;
  }

  // Said once: a reader of the screen isn't told again with each try.
  function remind() {
    const words = [...unsent.values()].at(-1);
    if (words && notice().querySelector("p")?.textContent !== words) say(words, { actions: [sendNow()] });
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
    if (!form || signedOut || busy.has(form)) return;
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

  // --- the session ended: sign in beside this page, then go on here ----------------------------
  function signedOff() {
    signedOut = true;
    const link = document.createElement("a");
    link.className = "button";
    link.href = setting("sign-in");
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "Sign in in a new tab";
    say("Not saved: you were signed out. What you typed is still here. Sign in, come back to this tab and save again.", { actions: [link] });
  }
  document.addEventListener("session-expired", signedOff);

  // Signing in makes every older security token void, also the one in this page's forms; each page
  // of ours carries the new one. True when this page may send again for the person it was made for.
  async function renew(asked) {
    const response = await fetch(setting("token")).catch(() => null);
    if (response?.redirected) return asked && signedOff();
    if (!response?.ok) return asked && say("Not saved: no connection. What you typed is still here.");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const headers = page.body.getAttribute("hx-headers");
    document.body.setAttribute("hx-headers", headers);
    const token = JSON.parse(headers)["X-CSRFToken"];
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
    signedOut = false;
    const [before, now] = [document, page].map((one) => one.querySelector(".user-menu .display-name"));
    const same = before.textContent === now.textContent;
    before.textContent = now.textContent;
    if (same) say("You are signed in again. What you typed is still here and not saved yet: save again.", { tone: "ok" });
    else say(`You are signed in as ${now.textContent} now. Saving what is typed here saves it in that name.`);
    return same;
  }
  const seen = () => signedOut && !document.hidden && renew(false);
  window.addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);
  // Saved again without leaving this window: first the token, then the save itself.
  document.addEventListener("htmx:confirm", async (event) => {
    if (!signedOut) return;
    event.preventDefault();
    if (event.detail.elt.tagName === "FORM" && await renew(true)) event.detail.issueRequest(true);
  });

  // --- one click, one request ------------------------------------------------------------------
  const busy = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.target) return;
    if (busy.has(form)) return event.preventDefault();
    if (!navigator.onLine) {
      event.preventDefault();
      return say("Not saved: no connection. What you typed is still here.");
    }
    busy.add(form);
    // Released in case the answer is a file and this page stays.
    setTimeout(() => busy.delete(form), 4000);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    if (elt.tagName !== "FORM" || requestConfig.triggeringEvent?.type !== "submit") return;
    if (busy.has(elt)) return event.preventDefault();
    busy.add(elt);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // Stored: the next page is on its way, and another click must not store it twice.
    if (!event.detail.xhr.getResponseHeader("HX-Redirect")) busy.delete(event.detail.elt);
  });
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  // --- dialogs, menus, keys --------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    event.target.closest("[data-closes]")?.closest("dialog")?.close();
    for (const menu of document.querySelectorAll(".user-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("dialog:close", () => {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of document.querySelectorAll(".user-menu[open]")) menu.open = false;
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("[data-search]");
    if (search) event.preventDefault(), search.focus();
  });

  // --- what sticks below the episode header needs its height -----------------------------------
  const header = document.querySelector(".episode-header");
  if (header) {
    new ResizeObserver(() => {
      document.documentElement.style.setProperty("--header-height", `${header.offsetHeight}px`);
    }).observe(header);
  }

  // --- after a page or a fragment arrives ------------------------------------------------------
  function arrive(root) {
    const first = root.querySelector("[data-focus]");
    first?.focus();
    if (!first && root.id === "main") root.focus(), window.scrollTo(0, 0);
    const dialog = root.closest("dialog[data-modal]");
    if (dialog && !dialog.open && dialog.children.length) dialog.showModal();
  }
  document.addEventListener("htmx:afterSwap", (event) => arrive(event.detail.target));
  arrive(document.body);
})();

// The frame: dialogs, search key, double submits, and honest words when a save didn't happen.
(() => {
  "use strict";
  const notice = () => document.getElementById("notice");
  const setting = (name) => document.querySelector(`meta[name=${name}]`).content;
  const signedOut = () => document.body.hasAttribute("data-signed-out");
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

  // Other scripts say something in the banner too.
  document.addEventListener("say", ({ detail: { text, tone, actions = [] } }) => {
    say(text, { tone, actions: actions.map(([label, onClick]) => button(label, onClick)) });
  });

  // --- what the server said, or didn't; resend.js prevented what it took on itself -------------
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401 || event.defaultPrevented) return;
    // An old security token or a missing right: a token renewed before the next try tells them apart.
    if (status === 403 && (refused = !refused)) return renew(true);
    const id = event.detail.xhr.getResponseHeader("X-Request-Id");
    const words = {
      403: "Not allowed for your role. Nothing was changed.",
      404: "That isn’t there any more. Nothing was changed.",
      413: "That is larger than any form here: shorten it, or send it in parts. Nothing was saved.",
      503: "The records can’t be reached just now: it may not be saved. Try again in a moment.",
    };
    // A fault may come after the save.
    const otherwise = status < 500 ? "Something went wrong. Nothing was saved." : "Something went wrong: it may not be saved.";
    say(`${words[status] || otherwise} What you typed is still here.${id ? ` Request ${id}.` : ""}`);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!event.defaultPrevented) say("Not saved: no connection. What you typed is still here.");
  });
  // The server may have saved it and answered too late, so this doesn't claim either.
  document.addEventListener("htmx:timeout", (event) => {
    if (!event.defaultPrevented) say("No answer in time: it may not be saved. What you typed is still here; check, then save again.");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { isError, requestConfig, serverResponse, xhr } = event.detail;
    if (isError || signedOut() || requestConfig.verb === "get") return;
    refused = false;
    clear();
    // A refusal is a whole page; inside htmx its sentence is enough, and the form stays as typed.
    if (xhr.status !== 422 || !serverResponse.includes("data-refused")) return;
    const page = new DOMParser().parseFromString(serverResponse, "text/html");
    event.detail.shouldSwap = false;
    say(`${page.querySelector("[data-refused]").textContent} Nothing was saved; what you typed is still here.`);
  });
  window.addEventListener("online", () => {
    if (signedOut() || document.querySelector("form[data-unanswered]")) return;
    if (notice().firstChild) say("The connection is back. Save again.", { tone: "ok" });
  });

  // --- the session ended: sign in beside this page, then go on here ----------------------------
  function signedOff() {
    document.body.setAttribute("data-signed-out", "");
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
    document.body.removeAttribute("data-signed-out");
    const [before, now] = [document, page].map((one) => one.querySelector(".user-menu .display-name"));
    const same = before.textContent === now.textContent;
    before.textContent = now.textContent;
    if (same) say("You are signed in again. What you typed is still here and not saved yet: save again.", { tone: "ok" });
    else say(`You are signed in as ${now.textContent} now. Saving what is typed here saves it in that name.`);
    return same;
  }
  const seen = () => signedOut() && !document.hidden && renew(false);
  window.addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);
  // Saved again without leaving this window: first the token, then the save itself.
  document.addEventListener("htmx:confirm", async (event) => {
    if (!signedOut()) return;
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

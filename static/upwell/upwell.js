// The frame: dialogs, search key, double submits, and honest words when a save didn't happen.
(() => {
  "use strict";
  const notice = () => document.getElementById("notice");
  let signedOut = false;

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
    const id = event.detail.xhr.getResponseHeader("X-Request-Id");
    const words = {
      403: "Not allowed for your role, or this page was open too long. Nothing was changed.",
      404: "That isn’t there any more. Nothing was changed.",
      409: "Somebody else changed this meanwhile. Reload to see their change.",
    };
    say(`${words[status] || "Something went wrong. Nothing was saved."} What you typed is still here.${id ? ` Request ${id}.` : ""}`);
  });
  document.addEventListener("htmx:sendError", () => say("Not saved: no connection. What you typed is still here."));
  // The server may have saved it and answered too late, so this doesn't claim either.
  document.addEventListener("htmx:timeout", () => say("No answer in time: it may not be saved. What you typed is still here; check, then save again."));
  // A refusal is a whole page; inside htmx its sentence is enough, and the form stays as typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422 || !event.detail.serverResponse.includes("data-refused")) return;
    const page = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    event.detail.shouldSwap = false;
    say(`${page.querySelector("[data-refused]").textContent} Nothing was saved; what you typed is still here.`);
  });
  window.addEventListener("online", () => {
    if (notice().firstChild && !signedOut) say("The connection is back. Save again.", { tone: "ok" });
  });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful && !signedOut && event.detail.requestConfig.verb !== "get") clear();
  });

  // --- the session ended: sign in beside this page, then go on here ----------------------------
  document.addEventListener("session-expired", () => {
    signedOut = true;
    const link = document.createElement("a");
    link.className = "button";
    link.href = document.querySelector("meta[name=sign-in]").content;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "Sign in in a new tab";
    say("Not saved: you were signed out. What you typed is still here. Sign in, come back to this tab and save again.", { actions: [link] });
  });
  // Signing in renews the security token, so this page fetches its new one when it is seen again.
  document.addEventListener("visibilitychange", async () => {
    if (!signedOut || document.hidden) return;
    const response = await fetch(document.querySelector("meta[name=home]").content).catch(() => null);
    if (!response || response.redirected || !response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const headers = page.body.getAttribute("hx-headers");
    if (!headers) return;
    document.body.setAttribute("hx-headers", headers);
    const token = JSON.parse(headers)["X-CSRFToken"];
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
    signedOut = false;
    say("You are signed in again. Save when you are ready.", { tone: "ok" });
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
  document.addEventListener("htmx:afterRequest", (event) => busy.delete(event.detail.elt));
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
    root.querySelector("[data-focus]")?.focus();
    const dialog = root.closest("dialog[data-modal]");
    if (dialog && !dialog.open && dialog.children.length) dialog.showModal();
  }
  document.addEventListener("htmx:afterSwap", (event) => arrive(event.detail.target));
  arrive(document.body);
})();

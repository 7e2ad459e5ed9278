// The assessment page: drafts that save themselves, one answer to item 8, and a panel that keeps
// its place.
(() => {
  "use strict";
  let leaving = false;
  const guarded = () => document.querySelector("form[data-guarded]");

  // --- unsaved changes: said, guarded when leaving, and not to be signed over -------------------
  // The words stand in the page's head and beside the buttons that save, which never scroll away.
  function tell(words, aloud = false, tone = "") {
    for (const state of document.querySelectorAll("[data-save-state], [data-save-line]")) {
      if (state.textContent !== words) state.textContent = words;
      if (tone) state.dataset.tone = tone;
      else delete state.dataset.tone;
    }
    // Read out only when saving begins, stops or works again, not with each change.
    const status = document.querySelector("[data-save-status]");
    if (status && aloud) status.textContent = words;
  }

  function markUnsaved() {
    const form = guarded();
    if (!form) return;
    form.setAttribute("data-changed", "");
    if (!form.hasAttribute("data-unsaved")) {
      form.setAttribute("data-unsaved", "");
      const state = document.querySelector("[data-save-state]");
      if (state && !stopped && !troubled) tell(state.dataset.unsavedWords);
    }
    show();
  }

  // One primary button: saving while something is unsaved, signing when all is stored.
  function show() {
    const sign = document.querySelector("[data-sign]");
    const words = document.querySelector("[data-when-unsaved]");
    const form = guarded();
    // What is stored by itself since then isn't what the part to sign was drawn from.
    if (!form?.hasAttribute("data-unsaved") && !form?.hasAttribute("data-changed")) return;
    if (words) words.hidden = false;
    if (!document.querySelector("[data-keeps]")) document.querySelector("[data-save]")?.setAttribute("class", "button");
    if (!sign) return;
    sign.disabled = true;
    sign.className = "secondary";
  }

  document.addEventListener("input", (event) => {
    if (!event.target.form || event.target.form !== guarded()) return;
    changes += 1;
    markUnsaved();
    typedOver(event.target);
    soon();
  });
  window.addEventListener("beforeunload", (event) => {
    if (leaving || !guarded()?.hasAttribute("data-unsaved")) return;
    saveLast();
    event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    if (event.target === guarded() && !event.target.hasAttribute("hx-post")) leaving = !event.defaultPrevented;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leaves]")) leaving = true;
  });
  // A stored page is left for its fresh copy; a refused one stays guarded.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) leaving = true;
  });

  // --- a draft saves itself: a moment after the last change, and when the page is hidden --------
  const PAUSE_MS = 2000;
  const LONGEST_MS = 10000;
  const ANSWER_MS = 12000;
  const KEPT_ALIVE = 60000;
  const name = () => document.querySelector(".user-menu .display-name")?.textContent;
  const owner = name();
  let timer = 0;
  let since = 0;
  let flying = null;
  let stopped = false;
  let troubled = false;
  let byHand = false;
  let going = false;
  let refusedBefore = false;
  let changes = 0;
  let tried = -1;

  function soon() {
    since ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(PAUSE_MS, since + LONGEST_MS - Date.now())));
  }

  // The page may be gone before the answer comes.
  function saveLast() {
    going = true;
    save();
    going = false;
  }

  // One at a time: the next one needs the version the last one made.
  function save() {
    clearTimeout(timer);
    const form = guarded();
    if (flying || byHand || stopped || leaving) return flying;
    if (!form?.dataset.autosave || !form.hasAttribute("data-unsaved")) return null;
    // Stored but for what can't be stored: nothing new to send.
    if (changes === tried && !troubled) return null;
    // Somebody else signed in meanwhile: it is theirs to decide whether this is saved in their name.
    if (name() !== owner) return trouble(`Not saved: signed in as ${name()} now. Press Save draft to save it in that name`);
    flying = send(form).finally(() => {
      flying = null;
      if (!troubled && changes !== tried) soon();
    });
    return flying;
  }

  async function send(form) {
    const sent = changes;
    tried = changes;
    since = 0;
    const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers")) };
    const body = new URLSearchParams(new FormData(form)).toString();
    const response = await fetch(form.dataset.autosave, {
      method: "POST",
      body,
      headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8" },
      // Only a page that may be gone before the answer needs it, and browsers refuse more than 64 kB.
      keepalive: (document.hidden || going) && body.length < KEPT_ALIVE,
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch(() => null);
    // Saved by hand meanwhile, or another page by now.
    if (form !== guarded()) return;
    if (!response) return trouble("Not saved: no connection. It is tried again with the next change");
    if (response.status === 401) {
      if (!troubled) document.dispatchEvent(new Event("session-expired"));
      return trouble("Not saved: you were signed out. What you typed is still here");
    }
    if (response.status === 403) {
      trouble("Not saved yet: press Save draft");
      if (refusedBefore) return;
      // An old security token or a missing right: upwell.js tells them apart.
      const xhr = { status: 403, getResponseHeader: (each) => response.headers.get(each) };
      document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr } }));
      timer = setTimeout(save, PAUSE_MS);
      refusedBefore = true;
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const state = page.querySelector("[data-kind]");
    if (!state) return trouble("Not saved: something went wrong. Press Save draft");
    const { kind, version } = state.dataset;
    if (kind === "conflict") stopped = true;
    if (kind === "conflict" || kind === "stopped") return trouble(state.textContent.trim());
    const partly = "partly" in state.dataset;
    if (version) stored(form, state.dataset);
    // A stored red flag has its letter ready: the panel offers it.
    if (document.querySelector("[data-letter-waits]")) form.dispatchEvent(new Event("draft-saved"));
    if (sent === changes && !partly) form.removeAttribute("data-unsaved");
    // What a banner said about not being saved is no longer so.
    if (troubled) document.getElementById("notice").replaceChildren();
    refusedBefore = false;
    const locked = "locked" in state.dataset;
    if (locked) heading(page.querySelector(".episode-header"));
    const news = troubled || partly || locked || !form.hasAttribute("data-told");
    form.setAttribute("data-told", "");
    troubled = false;
    // What locked the programme is said even though something was typed since.
    if (sent === changes || locked) tell(state.textContent.trim(), news, partly || locked ? "caution" : "");
  }

  // A red flag that was just stored shows in the episode's header too.
  function heading(fresh) {
    const header = document.querySelector(".episode-header");
    if (!header || !fresh) return;
    header.replaceChildren(...fresh.children);
    window.htmx.process(header);
  }

  // From now on the page is that draft's; nothing of what is being typed is touched.
  function stored(form, { version, page, autosave }) {
    form.elements.namedItem("version").value = version;
    if (form.dataset.autosave === autosave) return;
    form.dataset.autosave = autosave;
    form.setAttribute("action", page);
    form.setAttribute("hx-post", page);
    window.htmx.process(form);
    history.replaceState(history.state, "", page);
  }

  function trouble(words) {
    const news = !troubled || stopped;
    troubled = true;
    guarded()?.setAttribute("data-unsaved", "");
    tell(words, news, "caution");
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save();
    else if (troubled && !stopped) soon();
  });
  window.addEventListener("pagehide", saveLast);
  // A moment later, so that a token renewed after signing in again is in place.
  for (const back of ["focus", "online"]) {
    window.addEventListener(back, () => troubled && !stopped && soon());
  }
  // Saving by hand waits for the answer under way: it carries the version that one makes.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt !== guarded()) return;
    clearTimeout(timer);
    if (!flying || event.defaultPrevented) return;
    event.preventDefault();
    flying.finally(() => event.detail.issueRequest(true));
  });
  // Only once it is really sent: a second click is stopped before, and nothing would answer it.
  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.detail.elt === guarded()) byHand = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches?.("form[data-guarded]")) byHand = false;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "main") return;
    // The form that sent it is gone with the old page: no htmx:afterRequest is told of it.
    byHand = stopped = troubled = refusedBefore = false;
    since = 0;
  });

  // --- two pages to choose from: what is typed after the choice is meant to be kept -------------
  function typedOver(field) {
    if (field.matches("[data-keeps]")) return;
    for (const choice of document.querySelectorAll("[data-keeps][value=typed]")) {
      if (choice.dataset.keeps.split(" ").includes(field.name)) choice.checked = true;
    }
  }

  // --- item 8 has one answer: choosing one takes the other rows back ----------------------------
  document.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (!/^q8_[abc]$/.test(name || "") || !value) return;
    for (const part of ["q8_a", "q8_b", "q8_c"]) {
      if (part === name) continue;
      for (const radio of event.target.form.querySelectorAll(`input[name=${part}]`)) radio.checked = false;
    }
  });

  // "None of these" and a sign in the same group exclude each other.
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.type !== "checkbox" || !box.checked || !box.closest(".groups fieldset")) return;
    const others = box.closest("fieldset").querySelectorAll(`input[name="${box.name}"]`);
    for (const other of others) {
      if (other !== box && (box.value === "none" || other.value === "none")) other.checked = false;
    }
  });

  // --- the panel: open reasons stay open, and what matters is read out --------------------------
  let open = [];
  const reasons = (panel) => [...panel.querySelectorAll(".finding")].map((finding, index, all) => {
    const rule = finding.dataset.rule;
    const earlier = all.slice(0, index).filter((one) => one.dataset.rule === rule).length;
    return { key: `${rule} ${earlier}`, why: finding.querySelector("details") };
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "panel") open = reasons(event.detail.target).filter((one) => one.why.open).map((one) => one.key);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const panel = event.detail.target;
    if (panel.id !== "panel") {
      if (panel.id === "main") flags(false);
      return show();
    }
    for (const one of reasons(panel)) one.why.open = open.includes(one.key);
    flags(true);
    const status = document.querySelector("[data-panel-status]");
    const words = panel.querySelector("[data-announce]").textContent.trim();
    if (status && status.textContent !== words) status.textContent = words;
  });

  // Open red flags stand beside the buttons that save too; a new one brings the panel to its top.
  let flagged = [];
  function flags(look) {
    const line = document.querySelector("[data-flag-line]");
    const found = [...document.querySelectorAll("#panel [data-flag]")];
    const before = flagged;
    flagged = found.map((one) => one.dataset.flag);
    line?.replaceChildren(...found.map((one) => one.content.cloneNode(true)));
    if (look && flagged.some((one) => !before.includes(one))) document.querySelector(".assessment-panel")?.scrollTo(0, 0);
  }
  flags(false);
  show();
})();

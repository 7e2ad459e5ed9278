// The assessment page: unsaved changes, one answer to item 8, and a panel that keeps its place.
(() => {
  "use strict";
  let leaving = false;
  const guarded = () => document.querySelector("form[data-guarded]");

  // --- unsaved changes: said, guarded when leaving, and not to be signed over -------------------
  function markUnsaved() {
    const form = guarded();
    if (!form || form.hasAttribute("data-unsaved")) return;
    form.setAttribute("data-unsaved", "");
    const state = document.querySelector("[data-save-state]");
    if (state) state.textContent = state.dataset.unsavedWords;
    show();
  }

  // One primary button: saving while something is unsaved, signing when all is stored.
  function show() {
    const sign = document.querySelector("[data-sign]");
    const words = document.querySelector("[data-when-unsaved]");
    if (!guarded()?.hasAttribute("data-unsaved")) return;
    if (words) words.hidden = false;
    document.querySelector("[data-save]")?.setAttribute("class", "button");
    if (!sign) return;
    sign.disabled = true;
    sign.className = "secondary";
  }

  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form === guarded()) markUnsaved();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && guarded()?.hasAttribute("data-unsaved")) event.preventDefault();
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
    if (panel.id !== "panel") return show();
    for (const one of reasons(panel)) one.why.open = open.includes(one.key);
    const status = document.querySelector("[data-panel-status]");
    const words = panel.querySelector("[data-announce]").textContent.trim();
    if (status && status.textContent !== words) status.textContent = words;
  });
  show();
})();

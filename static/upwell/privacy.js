// Privacy mode: names and dates of birth are blurred until it is switched off. Kept in a cookie that
// says only that, so that the server sends the next page blurred already.
(() => {
  "use strict";
  const switches = () => document.querySelectorAll("[data-privacy]");
  const asked = document.querySelector("meta[name=page-title]")?.content;
  const title = asked || document.title;
  const kept = () => /(^|; )privacy=1(;|$)/.test(document.cookie);

  function show(on) {
    document.documentElement.classList.toggle("private", on);
    document.title = on ? "Upwell" : title;
    for (const each of switches()) each.setAttribute("aria-pressed", String(on));
  }

  function turn() {
    const on = !document.documentElement.classList.contains("private");
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `privacy=${on ? 1 : 0}; path=/; samesite=lax${secure}`;
    show(on);
  }

  document.addEventListener("click", (event) => event.target.closest("[data-privacy]") && turn());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "P" || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]")) return;
    if (switches().length) event.preventDefault(), turn();
  });
  // Switched in another tab meanwhile.
  document.addEventListener("visibilitychange", () => !document.hidden && switches().length && show(kept()));
})();

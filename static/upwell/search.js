// Finding a patient from anywhere: the first matches below the box of the top bar, by a few letters.
// A search is a post, so that no name stands in an address; without this script the form is one too.
(() => {
  "use strict";
  const input = document.querySelector("[data-search]");
  const list = document.querySelector("[data-matches]");
  if (!input || !list) return;
  const status = list.parentElement.querySelector("[role=status]");
  const PAUSE = 150;
  const LEAST_LETTERS = 2;
  let timer = 0;
  let asked = null;
  // What the matches on the page were found by: after another letter they are somebody else's.
  let answered = "";

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);

  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    active()?.setAttribute("aria-selected", "false");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function open(shown) {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) choose(null);
  }

  function close() {
    clearTimeout(timer);
    asked?.abort();
    open(false);
    status.textContent = "";
  }

  async function ask() {
    asked?.abort();
    const mine = asked = new AbortController();
    const body = new FormData(input.form);
    const text = input.value;
    // A search that fails says nothing: Enter still sends the form, which does.
    const answer = await fetch(list.dataset.matches, {
      method: "POST", body, signal: mine.signal, headers: { "HX-Request": "true" },
    }).catch(() => null);
    if (mine.signal.aborted) return;
    if (!answer?.ok) return close();
    const found = await answer.text().catch(() => "");
    if (mine.signal.aborted) return;
    choose(null);
    const page = new DOMParser().parseFromString(found, "text/html");
    list.replaceChildren(...page.querySelectorAll("[role=option]"));
    const count = options().length;
    answered = text;
    open(count > 0);
    status.textContent = count ? `${count} found. Choose with the arrow keys.` : "Nobody found.";
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < LEAST_LETTERS) return close();
    timer = setTimeout(ask, PAUSE);
  });

  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = options();
    const place = all.indexOf(active());
    if (event.key === "ArrowDown") choose(all[(place + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(place <= 0 ? all.length : place) - 1]);
    else if (event.key === "Enter" && place >= 0) all[place].click();
    else if (event.key === "Enter" && all.length === 1 && answered === input.value) all[0].click();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });

  // The box keeps the focus while an option is pressed, so the click still finds it.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  input.addEventListener("blur", close);
  open(false);
})();

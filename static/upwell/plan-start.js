// The ways to begin a plan: letters and arrows choose, Enter takes.
const buttons = () => [...document.querySelectorAll("[data-starts] button")];
let typed = "";
let timer = 0;

document.addEventListener("keydown", (event) => {
  const all = buttons();
  const at = all.indexOf(document.activeElement);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step || event.key === "Home" || event.key === "End") {
    event.preventDefault();
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? (at + step + all.length) % all.length;
    all[to].focus();
  } else if (event.key.length === 1 && event.key !== " ") {
    event.preventDefault();
    typed += event.key.toLowerCase();
    clearTimeout(timer);
    timer = setTimeout(() => (typed = ""), 1000);
    const name = (button) => button.querySelector(".start-name").textContent.toLowerCase();
    all.find((button) => name(button).startsWith(typed))?.focus();
  }
});

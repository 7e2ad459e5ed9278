// Importing training logs: what was chosen, how far the sending is, how many runs will be added.
(() => {
  "use strict";
  const MEGABYTE = 1e6;
  const inside = (form, name) => form.querySelector(`[data-${name}]`);
  const size = (bytes) => bytes < MEGABYTE ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;

  // Said before sending: the server stops reading at the same limits.
  function tooMuch(input) {
    const { mostFiles, mostBytes } = input.dataset;
    const bytes = [...input.files].reduce((sum, file) => sum + file.size, 0);
    if (input.files.length > mostFiles) return `These are more than ${mostFiles} files. Choose fewer at a time.`;
    if (bytes > mostBytes) return `Together these files are larger than ${mostBytes / MEGABYTE} MB. Choose fewer at a time.`;
    return "";
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-import]");
    if (form && event.target.type === "file") {
      const [list, error] = [inside(form, "chosen"), inside(form, "too-much")];
      list.replaceChildren(...[...event.target.files].slice(0, 20).map((file) => {
        const row = document.createElement("li");
        row.textContent = `${file.name}, ${size(file.size)}`;
        return row;
      }));
      list.hidden = event.target.files.length < 2;
      error.textContent = tooMuch(event.target);
      error.hidden = !error.textContent;
    }
    const adding = event.target.closest("form[data-adding]");
    if (adding) {
      const count = Number(adding.dataset.adding) + adding.querySelectorAll("[name=row]:checked").length;
      const button = adding.querySelector("[data-add]");
      button.textContent = count ? `Add ${count.toLocaleString("en-AU")} ${count === 1 ? "run" : "runs"}` : "Add the ticked runs";
    }
  });

  document.addEventListener("htmx:confirm", (event) => {
    const input = event.target.closest("form[data-import]")?.querySelector("input[type=file]");
    if (!input || !tooMuch(input)) return;
    event.preventDefault();
    input.focus();
  });

  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => {
      if (event.target.matches?.("[data-import] input[type=file]")) event.target.toggleAttribute("data-over", over);
    });
  }

  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = event.target.closest("form[data-import]");
    if (!form || !event.detail.lengthComputable) return;
    const share = Math.round((event.detail.loaded / event.detail.total) * 100);
    inside(form, "sending").hidden = false;
    form.querySelector("progress").value = share;
    form.querySelector("[for=sending]").textContent = share < 100 ? `On the way: ${share} %` : "Sent. Looking into the files";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-import]");
    if (form && !event.detail.successful) inside(form, "sending").hidden = true;
  });
})();

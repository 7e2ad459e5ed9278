// Every edit of a plan is sent by itself, one after the other, and the answer's parts are swapped
// in by their ids. What can't be sent stays in the queue and is tried again with the same token.
const ANSWER_MS = 12000;
const AGAIN_MS = 3000;
const plan = () => document.getElementById("plan");
const name = () => document.querySelector(".user-menu .display-name")?.textContent;
const owner = name();
let queue = [];
let flying = false;
let timer = 0;
let troubled = false;
let refusedBefore = false;

function say(words, tone = "", aloud = false) {
  for (const line of document.querySelectorAll("[data-save-line]")) {
    line.textContent = words;
    line.dataset.tone = tone;
  }
  const status = document.querySelector("[data-save-status]");
  if (status && aloud) status.textContent = words;
}

function mark() {
  const element = plan();
  if (!element) return;
  if (queue.length) element.setAttribute("data-unsaved", "");
  else element.removeAttribute("data-unsaved");
}

document.addEventListener("plan:edit", ({ detail }) => {
  // A page of before htmx swapped it has nothing to send.
  if (!plan() || plan().hasAttribute("data-ended")) return;
  queue.push({ token: crypto.randomUUID(), draft: plan().dataset.draft, ...detail });
  mark();
  if (!troubled) say("Saving…");
  send();
});

// What was typed was taken back, or is in the queue by the next line.
document.addEventListener("plan:still", mark);

async function send() {
  clearTimeout(timer);
  if (flying || !queue.length || !plan()) return;
  if (name() !== owner) return trouble(`Not saved: signed in as ${name()} now. Reload the page to go on in that name`);
  flying = true;
  const next = queue[0];
  const body = new URLSearchParams({
    op: next.op,
    draft: next.draft,
    edit: JSON.stringify(next.edit ?? {}),
    known: document.getElementById("state").dataset.revision,
    token: next.token,
    step: document.querySelector("#weeks > :not([hidden])")?.id.replace("week-", "") ?? "",
  });
  const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers")) };
  const response = await fetch(location.pathname, {
    method: "POST", body, headers, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS),
  }).catch(() => null);
  const text = await response?.text().catch(() => null);
  flying = false;
  if (!plan() || queue[0] !== next) return;
  if (!response || text === null) return trouble("Not saved: no connection, trying again", true);
  if ([200, 409, 422].includes(response.status)) return answered(next, text, response.status);
  if (response.status === 401) {
    if (!troubled) document.dispatchEvent(new Event("session-expired"));
    return trouble("Not saved: you were signed out. What you typed is still here");
  }
  if (response.status === 403 && !refusedBefore) {
    refusedBefore = true;
    // An old security token or a missing right: upwell.js tells them apart.
    const xhr = { status: 403, getResponseHeader: (each) => response.headers.get(each) };
    document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr } }));
    return trouble("Not saved yet, trying again", true);
  }
  const words = { 403: "not allowed for your role", 404: "this page isn’t there any more" };
  trouble(`Not saved: ${words[response.status] ?? "something went wrong"}. What you typed is still here`);
}

function trouble(words, again = false) {
  say(words, "caution", !troubled);
  troubled = true;
  mark();
  if (again) timer = setTimeout(send, AGAIN_MS);
}

// The draft was issued or put aside elsewhere: nothing typed here can be stored any more.
const ENDED = /this draft|no open draft/i;
function end(words) {
  queue = [];
  mark();
  plan().setAttribute("data-ended", "");
  say(`Not done: ${words}`, "caution");
  for (const each of document.querySelectorAll("#plan input")) each.readOnly = true;
  for (const each of document.querySelectorAll("#plan button")) each.disabled = !each.matches("[data-closes], [data-opens=keys]");
  const link = Object.assign(document.createElement("a"), { href: plan().dataset.programme, textContent: "Go to the programme" });
  document.querySelector(".formula-state").append(link);
}

function answered(done, text, status) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const refusal = page.querySelector("[data-refused]");
  if (!refusal && !page.getElementById("state")) return trouble("Not saved: something went wrong. What you typed is still here");
  queue.shift();
  if (troubled) document.getElementById("notice").replaceChildren();
  const news = troubled;
  troubled = refusedBefore = false;
  if (refusal) {
    mark();
    const words = refusal.textContent.trim();
    say(`Not done: ${words}`, "caution", true);
    const ended = ENDED.test(words);
    const lost = ended ? [done, ...queue] : [done];
    document.dispatchEvent(new CustomEvent("plan:refused", { detail: { done, words, lost, ended } }));
    if (ended) return end(words);
    // What this one was to make isn't there, so what was typed into it has no place.
    if (done.makes) queue = queue.filter((each) => !JSON.stringify(each.edit).includes(`"${done.makes}"`));
    return send();
  }
  document.dispatchEvent(new CustomEvent("plan:swapping", { detail: { done } }));
  const structural = Boolean(page.getElementById("grid"));
  offer(page);
  for (const fresh of page.querySelectorAll("body > [id], body > table [id^=cell-], body > table [id^=safety-]")) {
    const old = document.getElementById(fresh.id);
    if (fresh.id.startsWith("week-") && old) fresh.hidden = old.hidden;
    old?.replaceWith(document.adoptNode(fresh));
    // The edge of a row is in the colour of its worst dose.
    if (fresh.id.startsWith("safety-") && fresh.isConnected) {
      const row = fresh.closest("tr");
      if (["stop", "caution"].includes(fresh.dataset.tone)) row.dataset.tone = fresh.dataset.tone;
      else delete row.dataset.tone;
    }
  }
  const latest = document.querySelector("#latest ol");
  for (const line of page.querySelectorAll("[data-newest]")) {
    const item = document.createElement("li");
    item.append(...line.childNodes);
    latest.prepend(item);
    while (latest.children.length > 6) latest.lastElementChild.remove();
    document.querySelector("#latest [data-none]")?.remove();
  }
  const { revision } = document.getElementById("state").dataset;
  for (const input of document.querySelectorAll("#plan input[name=known]")) input.value = revision;
  if (done.makes) rename(done);
  document.dispatchEvent(new CustomEvent("plan:swapped", { detail: { done, structural, queue } }));
  // What is typed and not sent yet stands in the new boxes too.
  for (const { typed = [] } of queue) {
    for (const [row, column, words] of typed) {
      const input = document.querySelector(`#grid input[data-row="${row}"][data-column="${column}"]`);
      if (input && input !== document.activeElement) input.value = words;
    }
  }
  mark();
  const status_ = document.querySelector("[data-save-status]");
  if (status_ && (news || status !== 200)) status_.textContent = status === 409 ? "Somebody else changed this: both values are shown." : document.getElementById("state").textContent.replace(/\s+/g, " ").trim();
  if (queue.length) say("Saving…");
  send();
}

// The note of what changed follows the edits until somebody writes their own.
const LONGEST_NOTE = 180;
function offer(page) {
  const note = document.querySelector("#issue textarea[name=note]");
  const offered = document.getElementById("offered");
  const own = note.value.trim() !== offered.textContent.trim();
  let fresh = page.getElementById("offered")?.textContent;
  if (fresh === undefined) {
    // An answer to cells alone tells the newest edits only.
    fresh = offered.textContent.trim();
    for (const line of page.querySelectorAll("[data-newest]")) {
      const says = line.lastChild.textContent.trim();
      if (fresh.length + says.length <= LONGEST_NOTE) fresh += ` ${says}.`;
      else if (!fresh.endsWith("more.")) fresh += " And more.";
    }
  }
  offered.textContent = fresh.trim();
  if (!own) note.value = offered.textContent;
}

// A step typed into before the server had named it: everything waiting uses its name from now on.
function rename(done) {
  const steps = document.querySelectorAll(`#stage-${done.edit.stage} thead [data-column][id]`);
  const real = steps[steps.length - 1]?.dataset.column;
  if (!real) return;
  done.made = real;
  queue = queue.map((each) => JSON.parse(JSON.stringify(each).replaceAll(`"${done.makes}"`, `"${real}"`)));
}

// Forms of one edit: undo, redo, adding a plan, one of two values.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-edit]")) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  let { op, edit } = fields;
  if (edit) edit = JSON.parse(edit);
  else {
    edit = fields;
    for (const each of ["csrfmiddlewaretoken", "op", "draft", "known", "edit"]) delete edit[each];
  }
  form.closest("dialog")?.close();
  document.dispatchEvent(new CustomEvent("plan:edit", { detail: { op, edit } }));
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keeps-theirs]")) event.target.closest(".clash").remove();
});

// Issuing waits until everything typed is stored.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.elt.matches("[data-issue]") || !queue.length) return;
  event.preventDefault();
  const wait = () => {
    if (queue.length) return;
    document.removeEventListener("plan:swapped", later);
    event.detail.issueRequest(true);
  };
  const later = () => setTimeout(wait);
  document.addEventListener("plan:swapped", later);
});

window.addEventListener("beforeunload", (event) => {
  if (plan()?.hasAttribute("data-unsaved")) event.preventDefault();
});
for (const back of ["online", "focus"]) window.addEventListener(back, () => troubled && setTimeout(send, 300));
document.addEventListener("visibilitychange", () => !document.hidden && troubled && setTimeout(send, 300));

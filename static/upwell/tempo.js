// The tempo timer of the gym tablet: one exercise of the step, phase by phase. It stores nothing.

const WAKE = 100; // milliseconds between looks at the clock
const AHEAD = 1500; // milliseconds booked for the sound; a page behind another wakes once a second
const READY_S = 3;
const CHANGE_S = 5; // from one leg to the other
const TONES = { Up: 880, Hold: 740, Down: 587, Rest: 440 };

// The phases of a dose in their order: a word, its seconds (null goes on by hand), and the place in
// the exercise. `reps` and `tempo` (up, held, down) are missing for a hold, `rest` where none is said.
export function course({ sets, reps = null, repsTo = null, hold = null, tempo = null, rest = null, eachLeg = false }) {
  const most = repsTo ?? reps;
  const phases = [{ word: "Ready", seconds: READY_S, set: 1, down: true }];
  for (let set = 1; set <= sets; set += 1) {
    for (const leg of eachLeg ? ["first leg", "other leg"] : [""]) {
      const place = { set, leg, works: true };
      if (leg === "other leg") phases.push({ word: "Change legs", seconds: CHANGE_S, set, leg, down: true });
      if (hold) {
        phases.push({ ...place, word: "Hold", seconds: hold, down: true });
      } else if (tempo?.some((seconds) => seconds > 0)) {
        for (let rep = 1; rep <= most; rep += 1) {
          ["Up", "Hold", "Down"].forEach((word, part) => {
            if (tempo[part] > 0) phases.push({ ...place, word, seconds: tempo[part], rep, most });
          });
        }
      } else {
        phases.push({ ...place, word: "Your own pace", seconds: null, most });
      }
    }
    if (set < sets && rest !== 0) phases.push({ word: "Rest", seconds: rest, set, down: rest !== null });
  }
  return phases;
}

// Where a clock stands at `now` that began phase `index` at `at` (milliseconds). Counted from where
// the phase should have begun, so a late look never shifts the next one.
export function reached(phases, index, at, now) {
  while (index < phases.length && phases[index].seconds !== null && now >= at + phases[index].seconds * 1000) {
    at += phases[index].seconds * 1000;
    index += 1;
  }
  return { index, at };
}

// The seconds of a phase as they are shown: up from 1, or down to 1.
export function shown({ seconds, down }, passed) {
  if (seconds === null) return Math.floor(passed / 1000);
  return down ? Math.ceil(seconds - passed / 1000) : Math.min(Math.floor(passed / 1000) + 1, seconds);
}

function asTime(seconds) {
  return seconds < 60 ? String(seconds) : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const number = (text) => (text === undefined || text === "" ? null : Number(text));

class TempoTimer extends HTMLElement {
  sound = false;
  tones = [];
  timer = null;

  connectedCallback() {
    // A fragment's element can be connected before its children are parsed.
    queueMicrotask(() => this.start());
  }

  disconnectedCallback() {
    // A refused form around it swaps the page, and this element with its time is kept.
    setTimeout(() => this.isConnected || this.end());
  }

  find(name) {
    return this.querySelector(`[data-${name}]`);
  }

  start() {
    if (this.started || !this.find("exercise")?.options.length) return;
    this.started = true;
    this.hidden = false;
    this.addEventListener("click", (event) => this.pressed(event.target.closest("button")));
    this.addEventListener("keydown", (event) => this.typed(event));
    this.find("exercise").addEventListener("change", () => this.choose());
    document.addEventListener("visibilitychange", () => this.timer && !document.hidden && this.stayAwake());
    this.choose();
  }

  pressed(button) {
    const { open, close, toggle, skip, reset, mute } = button?.dataset ?? {};
    if (open !== undefined) this.querySelector("dialog").showModal(), this.find("toggle").focus();
    if (close !== undefined) this.querySelector("dialog").close();
    if (toggle !== undefined) this.timer ? this.pause() : this.play();
    if (skip !== undefined) this.skip();
    if (reset !== undefined) this.reset();
    if (mute !== undefined) this.mute();
  }

  // A button and the list of exercises keep their own keys.
  typed(event) {
    if (!event.target.closest("dialog")) return;
    event.stopPropagation();
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const onControl = event.target.closest("button, select");
    const action = {
      " ": onControl ? null : () => (this.timer ? this.pause() : this.play()),
      n: event.target.closest("select") ? null : () => this.skip(),
      r: event.target.closest("select") ? null : () => this.reset(),
    }[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }

  // --- the exercise -----------------------------------------------------------------------------
  choose() {
    const { dataset } = this.find("exercise").selectedOptions[0];
    const tempo = [dataset.up, dataset.held, dataset.down].map((part) => number(part) ?? 0);
    this.dose = {
      sets: number(dataset.sets),
      reps: number(dataset.reps),
      repsTo: number(dataset.repsTo),
      hold: number(dataset.hold),
      tempo,
      rest: number(dataset.rest),
      eachLeg: dataset.side === "each",
    };
    this.phases = course(this.dose);
    this.find("dose").textContent = dataset.words;
    this.reset();
  }

  // --- the clock --------------------------------------------------------------------------------
  get phase() {
    return this.phases[this.index];
  }

  now() {
    return this.pausedAt ?? performance.now();
  }

  play() {
    if (!this.phase) this.reset();
    this.at += performance.now() - this.pausedAt;
    this.pausedAt = null;
    this.timer = setInterval(() => this.look(), WAKE);
    this.booked = -Infinity;
    this.stayAwake();
    this.entered();
    this.look();
  }

  pause() {
    this.pausedAt = performance.now();
    this.end();
    this.show();
  }

  end() {
    clearInterval(this.timer);
    this.timer = null;
    this.silence();
    this.awake?.then((lock) => lock?.release());
    this.awake = null;
  }

  reset() {
    this.end();
    this.index = 0;
    this.said = "";
    this.at = this.pausedAt = performance.now();
    this.find("says").textContent = "";
    this.show();
  }

  // To the end of the set, of the rest, or of the change of legs.
  skip() {
    if (!this.phase) return;
    const { set, leg, works } = this.phase;
    do this.index += 1;
    while (works && this.phase?.works && this.phase.set === set && this.phase.leg === leg);
    this.at = this.now();
    this.silence();
    this.booked = -Infinity;
    this.entered();
    this.phase ? this.show() : this.finish();
  }

  look() {
    const { index, at } = reached(this.phases, this.index, this.at, performance.now());
    const moved = index !== this.index;
    [this.index, this.at] = [index, at];
    if (moved) this.entered();
    if (!this.phase) return this.finish();
    this.book();
    this.show();
  }

  finish() {
    this.pausedAt = performance.now();
    clearInterval(this.timer);
    this.timer = null;
    this.awake?.then((lock) => lock?.release());
    this.awake = null;
    this.show();
  }

  // The screen of a tablet goes dark in the middle of a set otherwise.
  stayAwake() {
    this.awake = navigator.wakeLock?.request("screen").catch(() => null) ?? null;
  }

  // --- what is seen and read out ----------------------------------------------------------------
  // Read out when a set begins or ends, not with each repetition.
  entered() {
    const { phase } = this;
    const words = !phase
      ? "All sets done."
      : phase.works
        ? `${this.setWords()}.`
        : { Rest: `Set ${phase.set} done. Rest${phase.seconds ? ` ${asTime(phase.seconds)}` : ""}.`, "Change legs": "Change legs." }[phase.word] ?? "";
    if (words && words !== this.said) this.find("says").textContent = this.said = words;
  }

  setWords() {
    const { set, leg } = this.phase;
    return `Set ${set} of ${this.dose.sets}${leg ? `, ${leg}` : ""}`;
  }

  show() {
    const { phase } = this;
    const passed = this.now() - this.at;
    const begun = this.timer || this.index > 0 || passed > 0;
    const seconds = phase && (phase.seconds !== null || phase.word === "Rest") ? asTime(shown(phase, passed)) : "";
    this.write("word", phase ? phase.word : "Done");
    this.write("seconds", phase ? seconds || "…" : "✓");
    this.write("set", phase ? this.setWords() : `${this.dose.sets} of ${this.dose.sets} sets`);
    this.write("rep", this.repWords());
    this.find("face").dataset.phase = phase ? phase.word.toLowerCase().replaceAll(" ", "-") : "done";
    this.fill(phase, passed);
    this.write("toggle", this.timer ? "Pause" : phase && begun && this.index + passed > 0 ? "Go on" : "Start");
    this.write("skip", !phase?.works ? `Skip${phase?.word === "Rest" ? " the rest" : ""}` : phase.seconds === null ? "Set done" : "End this set");
    this.find("skip").disabled = !phase;
    const still = this.index === 0 && !this.timer;
    this.write("now", still || !phase ? "" : `${this.setWords()}, ${phase.word} ${seconds}`);
  }

  repWords() {
    const { rep, most, word } = this.phase ?? {};
    const range = this.dose.repsTo ? `${this.dose.reps} to ${this.dose.repsTo}` : most;
    if (rep) return `Repetition ${rep} of ${range}`;
    return word === "Your own pace" ? `${range} repetitions` : "";
  }

  fill(phase, passed) {
    const bar = this.find("progress");
    const [most, far] = phase?.seconds ? [phase.seconds, passed / 1000] : [1, phase ? 0 : 1];
    bar.max = most;
    // Without motion it goes by whole seconds.
    bar.value = matchMedia("(prefers-reduced-motion: reduce)").matches ? Math.floor(far) : far;
  }

  write(name, words) {
    const element = this.find(name);
    if (element.textContent !== words) element.textContent = words;
  }

  // --- sound, off until asked for ---------------------------------------------------------------
  async mute() {
    this.sound = !this.sound;
    this.find("mute").textContent = this.sound ? "Sound off" : "Sound on";
    this.silence();
    if (!this.sound) return;
    this.booked = -Infinity;
    try {
      this.audio ??= new AudioContext();
      await this.audio.resume();
    } catch {
      this.sound = false;
      this.find("mute").textContent = "No sound here";
    }
  }

  // A tone where each phase begins, and three short ones before a set; each booked once.
  book() {
    if (!this.sound || this.audio?.state !== "running") return;
    const now = performance.now();
    let begins = this.at;
    for (const { word, seconds, down } of this.phases.slice(this.index)) {
      this.tone(begins, TONES[word] ?? 660, 0.15, now);
      if (seconds === null || begins > now + AHEAD) break;
      begins += seconds * 1000;
      if (down && word !== "Hold") for (const left of [3, 2, 1]) this.tone(begins - left * 1000, 440, 0.06, now);
    }
    this.booked = Math.max(this.booked, now + AHEAD);
  }

  tone(at, pitch, length, now) {
    if (at <= this.booked || at < now - WAKE || at > now + AHEAD) return;
    const when = this.audio.currentTime + Math.max(0, at - now) / 1000;
    const tone = this.audio.createOscillator();
    const envelope = this.audio.createGain();
    tone.frequency.value = pitch;
    envelope.gain.setValueAtTime(0, when);
    envelope.gain.linearRampToValueAtTime(0.6, when + 0.005);
    envelope.gain.exponentialRampToValueAtTime(0.001, when + length);
    tone.connect(envelope).connect(this.audio.destination);
    tone.start(when);
    tone.stop(when + length + 0.03);
    this.tones.push(tone);
    tone.onended = () => this.tones.splice(this.tones.indexOf(tone), 1);
  }

  silence() {
    for (const tone of [...this.tones]) tone.stop();
  }
}

customElements.define("tempo-timer", TempoTimer);

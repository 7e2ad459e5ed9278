// Sixty beats a minute for the heel-raise test, and a counter for each leg.

export const INTERVAL = 1; // seconds: up on one beat, down on the next, so 30 raises a minute
const AHEAD = 1.5; // seconds booked in advance; a page behind another wakes only once a second
const WAKE = 100; // milliseconds between bookings

// The beats from number `next` on that fall before `until` (seconds of the same clock as `first`).
// Each place is counted from the first beat, so that no late timer ever shifts one.
export function nextBeats(first, next, until, interval = INTERVAL) {
  const beats = [];
  for (let number = next; first + number * interval < until; number += 1) {
    beats.push({ number, at: first + number * interval, cue: number % 2 ? "down" : "up" });
  }
  return beats;
}

export class Metronome extends HTMLElement {
  totals = { left: 0, right: 0 };
  taps = [];
  muted = false;
  timer = null;

  connectedCallback() {
    // A fragment's element can be connected before its children are parsed.
    queueMicrotask(() => this.start());
  }

  disconnectedCallback() {
    this.pause();
    this.audio?.close();
    this.audio = null;
  }

  find(name) {
    return this.querySelector(`[data-${name}]`);
  }

  start() {
    if (this.started || !this.find("toggle")) return;
    this.started = true;
    this.addEventListener("click", (event) => this.pressed(event.target.closest("button")));
    this.addEventListener("keydown", (event) => this.typed(event));
    this.hidden = false;
    this.show();
  }

  pressed(button) {
    const { toggle, mute, count, use, undo, reset } = button?.dataset ?? {};
    if (toggle !== undefined) this.timer ? this.pause() : this.play();
    if (mute !== undefined) this.mute();
    if (count) this.tap(count);
    if (use) this.use(use);
    if (undo !== undefined) this.undo();
    if (reset !== undefined) this.clear();
  }

  // Only inside this element, which holds no text field: nothing typed elsewhere is counted.
  typed(event) {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = {
      l: () => this.tap("left"),
      arrowleft: () => this.tap("left"),
      r: () => this.tap("right"),
      arrowright: () => this.tap("right"),
      u: () => this.undo(),
      backspace: () => this.undo(),
      m: () => (this.timer ? this.pause() : this.play()),
    }[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }

  // --- counting ---------------------------------------------------------------------------------
  tap(side) {
    this.totals[side] += 1;
    this.taps.push(side);
    this.show();
  }

  undo() {
    const side = this.taps.pop();
    if (side) this.totals[side] -= 1;
    this.show();
  }

  clear() {
    this.totals = { left: 0, right: 0 };
    this.taps = [];
    this.say("");
    this.show();
    this.find("counter").focus();
  }

  use(side) {
    const form = this.closest("form");
    const field = form?.elements.namedItem(this.dataset[side]);
    if (!field) return;
    field.value = String(this.totals[side]);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    this.say(`${this.totals[side]} written as repetitions of the ${side} leg.`);
  }

  show() {
    for (const side of ["left", "right"]) {
      const button = this.querySelector(`[data-use=${side}]`);
      this.querySelector(`[data-total=${side}]`).textContent = this.totals[side];
      button.textContent = `Use ${this.totals[side]} for ${side}`;
      button.disabled = !this.taps.includes(side);
    }
    this.find("undo").disabled = this.find("reset").disabled = !this.taps.length;
  }

  say(words) {
    this.find("says").textContent = words;
  }

  // --- the beat ---------------------------------------------------------------------------------
  // The sound's own clock, which runs on whatever the page is doing; without sound the page's.
  now() {
    return this.sounding ? this.audio.currentTime : performance.now() / 1000;
  }

  async play() {
    const turn = (this.turn = {});
    this.timer = setInterval(() => this.book(), WAKE);
    this.find("toggle").textContent = "Pause the beat";
    await this.wakeSound();
    if (this.turn !== turn) return; // paused meanwhile
    this.begin();
  }

  // From here on: the first beat a moment ahead, so that it can still be booked.
  begin() {
    this.seen = { clock: -1, page: performance.now() };
    this.first = this.now() + 0.15;
    this.next = 0;
    this.beats = [];
    this.book();
    this.frame = requestAnimationFrame(() => this.pulse());
  }

  async wakeSound() {
    try {
      if (!this.audio) {
        this.audio = new AudioContext();
        this.volume = this.audio.createGain();
        this.volume.connect(this.audio.destination);
      }
      this.volume.gain.value = this.muted ? 0 : 1;
      await Promise.race([this.audio.resume(), new Promise((done) => setTimeout(done, 500))]);
      this.sounding = this.audio.state === "running";
    } catch {
      this.sounding = false;
    }
    this.say(this.sounding ? "" : "No sound is allowed here: follow the light.");
  }

  book() {
    if (this.first === undefined) return;
    if (this.stalled()) return;
    for (const beat of nextBeats(this.first, this.next, this.now() + AHEAD)) {
      this.next = beat.number + 1;
      // One that is over already is left out instead of sounding late.
      if (beat.at < this.now()) continue;
      if (this.sounding) beat.sound = this.sound(beat);
      this.beats.push(beat);
    }
  }

  // A device that takes no sound leaves its clock standing: then go on by the page's clock.
  stalled() {
    if (!this.sounding) return false;
    const page = performance.now();
    if (this.audio.currentTime !== this.seen.clock) {
      this.seen = { clock: this.audio.currentTime, page };
      return false;
    }
    if (page - this.seen.page < 1000) return false;
    this.silence();
    cancelAnimationFrame(this.frame);
    this.sounding = false;
    this.say("No sound comes out here: follow the light.");
    this.begin();
    return true;
  }

  sound({ at, cue }) {
    const tone = this.audio.createOscillator();
    const envelope = this.audio.createGain();
    tone.frequency.value = cue === "up" ? 880 : 587;
    envelope.gain.setValueAtTime(0, at);
    envelope.gain.linearRampToValueAtTime(0.6, at + 0.005);
    envelope.gain.exponentialRampToValueAtTime(0.001, at + 0.12);
    tone.connect(envelope).connect(this.volume);
    tone.start(at);
    tone.stop(at + 0.15);
    return tone;
  }

  // What is to be seen follows the same clock as what is heard.
  pulse() {
    if (!this.timer) return;
    const now = this.now();
    while (this.beats.length && this.beats[0].at <= now) {
      const { cue } = this.beats.shift();
      this.find("cue").dataset.cue = cue;
      this.find("word").textContent = cue === "up" ? "Up" : "Down";
    }
    this.frame = requestAnimationFrame(() => this.pulse());
  }

  silence() {
    for (const beat of this.beats ?? []) beat.sound?.stop();
    this.beats = [];
  }

  pause() {
    clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    this.silence();
    this.timer = this.turn = null;
    this.first = undefined;
    if (!this.started) return;
    this.find("toggle").textContent = "Start the beat";
    this.find("cue").dataset.cue = "";
    this.find("word").textContent = "60 a minute";
  }

  mute() {
    this.muted = !this.muted;
    if (this.volume) this.volume.gain.value = this.muted ? 0 : 1;
    this.find("mute").textContent = this.muted ? "Sound on" : "Mute";
  }
}

customElements.define("strength-metronome", Metronome);

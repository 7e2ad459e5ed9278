// The picture beside the typed list of tender points: dots follow the text, clicks write it.
customElements.define("tender-points", class extends HTMLElement {
  connectedCallback() {
    // A fragment's element can be connected before its children are parsed.
    queueMicrotask(() => this.start());
  }

  start() {
    this.input = this.querySelector("input");
    const hit = this.querySelector("[data-hit]");
    if (!this.input || !hit || this.started) return;
    this.started = true;
    this.insertionY = Number(this.dataset.insertionY);
    this.cm = Number(this.dataset.cm);
    this.most = Number(this.dataset.most);
    this.input.addEventListener("input", () => this.draw());
    hit.addEventListener("click", (event) => this.toggle(event));
    this.draw();
  }

  // Reads what the server would read; what it can't read draws nothing and stays as typed.
  points() {
    let text = this.input.value.replace(/\s*cm\b/gi, " ").trim();
    if (text.includes(";")) text = text.replaceAll(",", ".");
    else if (/\d,\d/.test(text)) return [];
    const parts = text.split(/[;,\s]+/).filter(Boolean);
    return parts.every((part) => /^\d{1,3}(\.\d+)?$/.test(part)) ? parts.map(Number) : [];
  }

  toggle(event) {
    const svg = this.querySelector("svg");
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const clicked = Math.round(((this.insertionY - place.y) / this.cm) * 2) / 2;
    const cm = Math.min(Math.max(clicked, 0), this.most);
    const points = this.points();
    const near = points.find((point) => Math.abs(point - cm) < 0.5);
    const next = near === undefined ? [...points, cm] : points.filter((point) => point !== near);
    this.input.value = next.sort((a, b) => a - b).join(", ");
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  draw() {
    const points = this.points();
    const shown = points.filter((point) => point <= this.most);
    this.querySelector("[data-dots]").replaceChildren(...shown.map((point) => {
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      const places = { cx: 100, cy: this.insertionY - point * this.cm, r: 7, "stroke-width": 2 };
      for (const [name, value] of Object.entries(places)) dot.setAttribute(name, value);
      return dot;
    }));
    const above = points.length - shown.length;
    this.querySelector("[data-above]").textContent = above ? `${above} above the picture.` : "";
  }
});

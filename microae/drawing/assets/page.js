// What all pages have: a shadow tree that nothing outside can disturb, dark and light, and a slider with play,
// pause and keys. A page's own script calls mount(kind, build) and gets the parts it needs.

/** Turn every page of this kind that is still plain pictures into a live one. */
function mount(kind, build) {
  const tree = document.currentScript?.getRootNode() ?? document;
  for (const host of tree.querySelectorAll(`.microae-page[data-kind="${kind}"]:not([data-live])`)) {
    host.dataset.live = "";
    const data = JSON.parse(host.querySelector('script[type="application/json"]').textContent);
    const pictures = Object.fromEntries(
      [...host.querySelectorAll("figure")].map((figure) => [figure.dataset.name, inlined(figure.querySelector("img"))]),
    );
    const shadow = host.attachShadow({ mode: "open" });
    const page = element("section", { class: "page", "aria-label": data.title, tabindex: "-1" });
    shadow.append(element("style", {}, STYLE), page);
    followTheme(page);
    build({ host, page, data, pictures, alone: "alone" in host.dataset });
  }
}

/** The SVG that an image shows, as elements that can be moved. */
function inlined(image) {
  const base64 = (image.dataset.svg ?? image.src).split(",")[1];
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const svg = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "image/svg+xml").documentElement;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", image.alt);
  return document.importNode(svg, true);
}

/** An HTML element with attributes and children; a false or missing attribute is left out. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

const ICONS = {
  start: "M2 2h2v12H2zM14 2v12L5 8z",
  back: "M11 2v12L3 8z",
  on: "M5 2v12l8-6z",
  play: "M3 1v14l11-7z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
};

/** A sign for a button, drawn: fonts differ in the signs they have. */
function icon(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("viewBox", "0 0 16 16");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  made.innerHTML = `<path d="${ICONS[name]}"/>`;
  return made;
}

// --- dark and light

const darkWanted = matchMedia("(prefers-color-scheme: dark)");

/** Dark if the notebook is (JupyterLab, VS Code, Colab), or else if the reader's system is. */
function isDarkAround() {
  const { jpThemeLight, vscodeThemeKind } = document.body?.dataset ?? {};
  if (jpThemeLight) return jpThemeLight === "false";
  if (vscodeThemeKind) return /dark|high-contrast$/.test(vscodeThemeKind);
  const theme = document.documentElement.getAttribute("theme");
  return theme ? theme === "dark" : darkWanted.matches;
}

function followTheme(page) {
  const follow = () => {
    if (!page.dataset.chosen) page.dataset.theme = isDarkAround() ? "dark" : "light";
  };
  follow();
  darkWanted.addEventListener("change", follow);
  const observer = new MutationObserver(follow);
  const attributeFilter = ["data-jp-theme-light", "data-vscode-theme-kind", "theme"];
  for (const around of [document.documentElement, document.body]) {
    if (around) observer.observe(around, { attributeFilter });
  }
}

function themeButton(page) {
  const button = element("button", { type: "button", class: "theme" });
  const name = () => {
    const other = page.dataset.theme === "dark" ? "light" : "dark";
    button.textContent = other;
    button.setAttribute("aria-label", `switch to ${other} colours`);
  };
  button.addEventListener("click", () => {
    page.dataset.chosen = "yes";
    page.dataset.theme = page.dataset.theme === "dark" ? "light" : "dark";
  });
  new MutationObserver(name).observe(page, { attributeFilter: ["data-theme"] });
  name();
  return button;
}

// --- going through the steps

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * A slider over `count` places with play and pause. `show(i)` shows place i; `words(i)` says it to a screen reader.
 * `pause` is the time at a place while playing, in milliseconds. Where less motion is wished for, playing what would
 * flicker goes on once a second instead, by a tenth of the way.
 */
function transport({ host, page, alone, count, name, show, words, pause, startWords }) {
  const slider = element("input", { type: "range", min: 0, max: count - 1, step: 1, value: 0, "aria-label": name });
  const button = (kind, words) =>
    element("button", { type: "button", class: kind, "aria-label": words, title: words }, icon(kind));
  const start = button("start", startWords);
  const back = button("back", `one ${name} back`);
  const on = button("on", `one ${name} on`);
  const play = element("button", { type: "button", class: "play" });
  const spoken = element("p", { class: "spoken", role: "status", "aria-live": "polite" });
  let place = 0;
  let timer = null;

  function go(to, silently = false) {
    place = Math.max(0, Math.min(count - 1, to));
    slider.value = place;
    slider.setAttribute("aria-valuetext", words(place));
    slider.style.setProperty("--share", count > 1 ? place / (count - 1) : 1);
    show(place);
    if (!silently) spoken.textContent = words(place);
  }

  function stop() {
    if (timer !== null) clearInterval(timer);
    timer = null;
    play.replaceChildren(icon("play"), "play");
  }

  function toggle() {
    if (timer !== null) {
      stop();
      spoken.textContent = `paused at ${words(place)}`;
      return;
    }
    if (place === count - 1) go(0, true);
    play.replaceChildren(icon("pause"), "pause");
    const slowly = calm.matches && pause < 1000;
    const stride = slowly ? Math.ceil(count / 10) : 1;
    timer = setInterval(() => {
      if (!host.isConnected) return stop();
      go(place + stride, pause < 500 && !slowly); // what passes quickly is not read aloud
      if (place === count - 1) stop();
    }, slowly ? 1000 : pause);
  }

  const jump = (to) => {
    stop();
    go(to);
  };
  const keys = {
    ArrowRight: () => jump(place + 1),
    ArrowUp: () => jump(place + 1),
    ArrowLeft: () => jump(place - 1),
    ArrowDown: () => jump(place - 1),
    PageUp: () => jump(place + Math.ceil(count / 10)),
    PageDown: () => jump(place - Math.ceil(count / 10)),
    Home: () => jump(0),
    End: () => jump(count - 1),
    " ": toggle,
  };
  const pressed = (event) => {
    const meant = keys[event.key];
    const from = event.composedPath()[0];
    const own = from instanceof Element && from.matches("button, summary, [role=button], textarea, input:not([type=range])");
    if (!meant || event.ctrlKey || event.metaKey || event.altKey || (own && [" ", "Enter"].includes(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    meant();
  };
  (alone ? document : page).addEventListener("keydown", pressed);
  slider.addEventListener("input", () => jump(slider.valueAsNumber));
  start.addEventListener("click", () => jump(0));
  back.addEventListener("click", () => jump(place - 1));
  on.addEventListener("click", () => jump(place + 1));
  play.addEventListener("click", toggle);
  stop();
  const bar = element("div", { class: "transport", role: "group", "aria-label": name }, start, back, play, on, slider);
  return { bar, spoken, go, stop, place: () => place };
}

// --- numbers

/** Numbers that were sent as base64, as an array of `Kind` (Float32Array, Uint8Array). */
function unpacked(text, Kind) {
  return new Kind(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** A number with its sign as the pictures write it: with so many decimals, or with −1 in powers of ten. */
function signed(number, decimals) {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "NaN" : number > 0 ? "+∞" : "−∞";
  const size = decimals < 0 ? number.toExponential(3).replace(/(?<=e.)(?=\d$)/, "0") : number.toFixed(decimals);
  return minus((number < 0 || Object.is(number, -0) ? "" : "+") + size);
}

/** Minus as the pictures write it. */
function minus(text) {
  return text.replaceAll("-", "−");
}

// A drawn graph that can be moved: one node in focus, modules folded away and the room they leave taken in.

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 14; // around what is shown, in the picture's units
const STUB = { height: 66, letter: 11.5 }; // of a folded module's box

function svgElement(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

class Graph {
  constructor(svg, { nodes, edges, modules }) {
    this.names = modules;
    this.paths = nodes.map((node) => node.path);
    this.stages = nodes.map((node) => node.stage);
    this.nodes = new Map();
    for (const group of svg.querySelectorAll("[data-node]")) {
      this.nodes.set(Number(group.dataset.node), { group, box: boundsOf(group) });
    }
    const labels = [...svg.querySelectorAll("[data-label]")];
    this.edges = [...svg.querySelectorAll("[data-edge]")].map((group) => {
      const [from, to] = group.dataset.edge.split("-").map(Number);
      const place = labels.findIndex((label) => label.dataset.label === group.dataset.edge);
      const [label] = place < 0 ? [] : labels.splice(place, 1); // of parallel edges each has its own
      const shapes = [...shapesOf(group), ...(label ? shapesOf(label) : [])];
      const groups = label ? [group, label] : [group];
      return { groups, from, to, shapes, box: around(groups.map(boundsOf)) };
    });
    this.isDrawn = new Set(this.edges.map(({ from, to }) => `${from}-${to}`));
    this.frames = [...svg.querySelectorAll("[data-group]")].map((group) => ({
      group, path: group.dataset.group, stage: group.dataset.stage, shapes: shapesOf(group), box: boundsOf(group),
    }));
    this.lanes = [...svg.querySelectorAll("[data-lane]")].map((group) => ({
      group, shapes: shapesOf(group), box: boundsOf(group), words: [...group.querySelectorAll("text")].map(boundsOf),
    }));
    // What stands there without being a node: the place of a gradient that does not exist, remarks.
    this.remarks = [...svg.querySelectorAll(".ghost, .note")].map((group) => ({ group, box: boundsOf(group) }));
    this.modules = [...new Set(this.frames.map((frame) => frame.path))];
    const first = (path) => this.paths.findIndex((owner) => owner === path || owner?.startsWith(`${path}.`));
    this.modules.sort((a, b) => first(a) - first(b) || a.length - b.length); // as the step runs through them
    this.closed = new Set();
    this.extra = svgElement("g", { class: "folded" });
    svg.append(this.extra);
    this.links = edges;
    this.place = 0;
    this.arrange();
  }

  /** Call `onNode(i)` when a node is clicked, `onModule(path)` when the frame of a module or its folded box is. */
  listen(onNode, onModule) {
    for (const [i, { group }] of this.nodes) group.addEventListener("click", () => onNode(i));
    for (const { group, path, box } of this.frames) {
      group.addEventListener("click", () => onModule(path));
      group.append(svgElement("title", {}, `collapse ${path}`));
      prefixed(group.querySelector("text"), "▾ ", box);
    }
    this.onModule = onModule;
    this.arrange();
  }

  toggle(path) {
    if (!this.closed.delete(path)) this.closed.add(path);
    this.arrange();
    this.focus(this.place);
  }

  isInsideClosed(path) {
    return path.split(".").some((_, k, parts) => k > 0 && this.closed.has(parts.slice(0, k).join(".")));
  }

  /** The closed module that stands for a node, with its lane; nothing if the node itself is shown. */
  stubOf(i) {
    const parts = this.paths[i] ? this.paths[i].split(".") : [];
    const closed = parts.map((_, k) => parts.slice(0, k + 1).join(".")).find((path) => this.closed.has(path));
    return closed ? `${this.stages[i]} ${closed}` : "";
  }

  /** What is shown for a node: its own box, or that of the module that it is folded into. */
  seen(i) {
    const stub = this.stubOf(i);
    return stub ? this.stubs.get(stub) : this.nodes.get(i);
  }

  /** Fold what is closed, open the rest, and take in the room that is left empty. */
  arrange() {
    this.extra.replaceChildren();
    this.stubs = new Map();
    const kept = this.lanes.flatMap((lane) => lane.words);
    const dropped = [];
    const folded = new Map(); // by stub: its nodes
    for (const [i, node] of this.nodes) {
      const stub = this.stubOf(i);
      node.group.classList.toggle("gone", Boolean(stub));
      if (stub) folded.set(stub, [...(folded.get(stub) ?? []), node.box]);
      else kept.push(node.box);
    }
    for (const [key, boxes] of folded) {
      const [stage, path] = key.split(" ");
      const frame = this.frames.find((f) => f.path === path && f.stage === stage);
      const room = frame?.box ?? around(boxes);
      const stub = this.makeStub(path, stage, room, boxes.length);
      this.stubs.set(key, stub);
      kept.push(stub.box);
      dropped.push(room);
    }
    for (const { group, path } of this.frames) {
      group.classList.toggle("gone", this.closed.has(path) || this.isInsideClosed(path));
    }
    for (const { group, box } of this.remarks) {
      group.classList.toggle("gone", dropped.some((room) => isInside(box, room)));
    }
    for (const edge of this.edges) {
      edge.isShown = !this.stubOf(edge.from) && !this.stubOf(edge.to);
      for (const group of edge.groups) group.classList.toggle("gone", !edge.isShown);
    }
    const across = taken(dropped, kept, 0, 2);
    const down = taken(dropped, kept, 1, 3);
    this.map = ([x, y]) => [shifted(x, across), shifted(y, down)];
    for (const node of [...this.nodes.values(), ...this.stubs.values(), ...this.remarks]) this.settle(node);
    for (const part of [...this.edges, ...this.frames, ...this.lanes]) this.bend(part);
    this.joinStubs();
  }

  /** The box that stands for the nodes of a closed module in one lane. */
  makeStub(path, stage, room, number) {
    const lines = [`▸ ${this.names[path] ?? path}`, `${number} node${number === 1 ? "" : "s"}`];
    const width = STUB.letter * Math.max(...lines.map((words) => words.length)) + 28;
    const [x, y] = [(room[0] + room[2]) / 2, (room[1] + room[3]) / 2];
    const box = [x - width / 2, y - STUB.height / 2, x + width / 2, y + STUB.height / 2];
    const group = svgElement(
      "g",
      { class: `stub ${stage}`, "data-stub": path },
      svgElement("title", {}, `expand ${path}`),
      svgElement("rect", { x: box[0], y: box[1], width, height: STUB.height, rx: 10 }),
      ...lines.map((words, k) =>
        svgElement("text", { x, y: y - 5 + 25 * k, "text-anchor": "middle", "font-size": k ? 17 : 20 }, words),
      ),
    );
    group.addEventListener("click", () => this.onModule?.(path));
    this.extra.append(group);
    return { group, box };
  }

  /** Put a box where its middle has come to. */
  settle(node) {
    const middle = [(node.box[0] + node.box[2]) / 2, (node.box[1] + node.box[3]) / 2];
    const [x, y] = this.map(middle);
    const [dx, dy] = [x - middle[0], y - middle[1]];
    const [left, top] = placeOf(node.group);
    node.base ??= [left, top];
    node.group.setAttribute("transform", `translate(${node.base[0] + dx} ${node.base[1] + dy})`);
    node.now = [node.box[0] + dx, node.box[1] + dy, node.box[2] + dx, node.box[3] + dy];
  }

  /** Bend lines and frames to where their points have come to. */
  bend(part) {
    for (const move of part.shapes) move(this.map);
    part.now = [...this.map(part.box.slice(0, 2)), ...this.map(part.box.slice(2))];
  }

  /** Arrows to and from folded modules, for those that are drawn when they are open. */
  joinStubs() {
    this.joins = new Map();
    for (const { from, to } of this.edges) {
      const [tail, head] = [this.stubOf(from), this.stubOf(to)];
      if ((!tail && !head) || tail === head) continue;
      const key = `${tail || from}>${head || to}`;
      const known = this.joins.get(key);
      if (known) {
        known.pairs.push([from, to]);
        continue;
      }
      const group = arrow(this.seen(from).now, this.seen(to).now);
      this.extra.prepend(group);
      this.joins.set(key, { groups: [group], pairs: [[from, to]] });
    }
  }

  /** Bring one node out: with what it receives and what it sends. */
  focus(place) {
    this.place = place;
    const givers = new Set(this.links.filter((link) => link.to === place).map((link) => this.seen(link.from)));
    const takers = new Set(this.links.filter((link) => link.from === place).map((link) => this.seen(link.to)));
    const own = this.seen(place);
    for (const node of [...this.nodes.values(), ...this.stubs.values()]) {
      const isNear = node === own || givers.has(node) || takers.has(node);
      const [giver, taker] = [givers, takers].map((set) => node !== own && set.has(node));
      mark(node.group, { focus: node === own, giver, taker, dim: !isNear });
    }
    const lines = [
      ...this.edges.map(({ groups, from, to }) => ({ groups, pairs: [[from, to]] })),
      ...this.joins.values(),
    ];
    for (const hint of this.extra.querySelectorAll(".hint")) hint.remove();
    for (const { from, to } of this.links) {
      if ((from !== place && to !== place) || this.isDrawn.has(`${from}-${to}`)) continue;
      const [tail, head] = [this.seen(from), this.seen(to)];
      if (tail === head) continue;
      const hint = arrow(tail.now, head.now);
      mark(hint, { hint: true, into: to === place, out: from === place });
      this.extra.prepend(hint); // what the picture leaves out is shown where it matters
    }
    for (const { groups, pairs } of lines) {
      const into = pairs.some(([, to]) => to === place);
      const out = pairs.some(([from]) => from === place);
      for (const group of groups) mark(group, { into, out, dim: !into && !out });
    }
  }

  /** The rectangle of all that is shown. */
  whole() {
    const groups = [...this.nodes.values(), ...this.frames, ...this.stubs.values(), ...this.lanes, ...this.remarks];
    const shown = groups.filter((part) => !part.group.classList.contains("gone"));
    return grown(around([...shown, ...this.edges.filter((edge) => edge.isShown)].map((part) => part.now)), 2);
  }

  /** The rectangle of a node and its neighbours. */
  around(place) {
    const near = this.links.filter((link) => link.from === place || link.to === place);
    const seen = new Set([place, ...near.flatMap((link) => [link.from, link.to])].map((i) => this.seen(i)));
    return grown(around([...seen].map((part) => part.now)), 3 * MARGIN);
  }

  /** The rectangle of what is shown for a node. */
  of(place) {
    return grown(this.seen(place).now, MARGIN);
  }
}

function mark(group, classes) {
  for (const [name, isOn] of Object.entries(classes)) group.classList.toggle(name, isOn);
}

/** Words before the title of a frame, which stays within it on whichever side it stands. */
function prefixed(title, words, box) {
  const [x, width] = ["x", "textLength"].map((name) => Number(title.getAttribute(name)));
  title.removeAttribute("textLength");
  title.textContent = words + title.textContent;
  if (x + width / 2 < (box[0] + box[2]) / 2) return;
  title.setAttribute("x", x + width);
  title.setAttribute("text-anchor", "end");
}

// --- geometry

/** Where a group is put by its own transform. */
function placeOf(group) {
  const move = /translate\(([-\d.e]+)[ ,]+([-\d.e]+)\)/.exec(group.getAttribute("transform") ?? "");
  return move ? [Number(move[1]), Number(move[2])] : [0, 0];
}

/** The shapes of a group, each as a function that moves it from where it was drawn to where a map brings it. */
function shapesOf(group) {
  return [...group.querySelectorAll("path, text, rect")].map((shape) => {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(shape.getAttribute(name)));
    if (shape.tagName === "text") {
      return (map) => {
        const [newX, newY] = map([x, y]);
        shape.setAttribute("transform", `translate(${newX - x} ${newY - y})`);
      };
    }
    if (shape.tagName === "rect") {
      return (map) => {
        const [left, top, right, bottom] = [...map([x, y]), ...map([x + width, y + height])];
        const place = { x: left, y: top, width: right - left, height: bottom - top };
        for (const [name, value] of Object.entries(place)) shape.setAttribute(name, value);
      };
    }
    const d = shape.getAttribute("d");
    const isTip = shape.classList.contains("tip"); // keeps its form
    return (map) => shape.setAttribute("d", isTip ? slid(d, map) : mapped(d, map));
  });
}

const PAIR = /(-?[\d.e]+)[ ,](-?[\d.e]+)/g;

function pairs(text) {
  return [...text.matchAll(PAIR)].map((pair) => [Number(pair[1]), Number(pair[2])]);
}

function mapped(text, map) {
  return text.replace(PAIR, (_, x, y) => map([Number(x), Number(y)]).join(","));
}

function slid(text, map) {
  const [tip] = pairs(text);
  const [x, y] = map(tip);
  return text.replace(PAIR, (_, a, b) => `${Number(a) + x - tip[0]},${Number(b) + y - tip[1]}`);
}

/** The rectangle of a group, from the numbers in it: it need not be on the screen. */
function boundsOf(group) {
  const [dx, dy] = placeOf(group);
  const shapes = group.tagName === "text" ? [group] : [...group.querySelectorAll("path, rect, text")];
  const boxes = shapes.flatMap((shape) => {
    const number = (name) => parseFloat(shape.getAttribute(name) ?? 0);
    if (shape.tagName === "path") return pairs(shape.getAttribute("d")).map(([x, y]) => [x, y, x, y]);
    const [x, y] = [number("x"), number("y")];
    if (shape.tagName === "rect") return [[x, y, x + number("width"), y + number("height")]];
    const width = number("textLength");
    const left = x - ({ middle: width / 2, end: width }[shape.getAttribute("text-anchor")] ?? 0);
    return [[left, y - number("font-size"), left + width, y + 4]];
  });
  const [left, top, right, bottom] = around(boxes);
  return [left + dx, top + dy, right + dx, bottom + dy];
}

function around(boxes) {
  return [0, 1, 2, 3].map((k) => boxes.reduce((most, box) => (k < 2 ? Math.min : Math.max)(most, box[k]), k < 2 ? Infinity : -Infinity));
}

function isInside([left, top, right, bottom], room) {
  return left >= room[0] - 1 && top >= room[1] - 1 && right <= room[2] + 1 && bottom <= room[3] + 1;
}

function grown([left, top, right, bottom], by) {
  return [left - by, top - by, right + by, bottom + by];
}

/** The stretches of an axis that were in a folded frame and in which nothing is left. */
function taken(dropped, kept, low, high) {
  const free = [];
  for (const box of dropped) {
    let parts = [[box[low], box[high]]];
    for (const other of kept) {
      const [from, to] = [other[low] - 2 * MARGIN, other[high] + 2 * MARGIN];
      parts = parts.flatMap(([a, b]) => (to <= a || from >= b ? [[a, b]] : [[a, from], [to, b]].filter(([c, d]) => c < d)));
    }
    free.push(...parts);
  }
  free.sort((a, b) => a[0] - b[0]);
  const found = [];
  for (const [a, b] of free) {
    const last = found.at(-1);
    if (last && a <= last[1]) last[1] = Math.max(last[1], b);
    else found.push([a, b]);
  }
  return found;
}

function shifted(x, stretches) {
  return stretches.reduce((at, [from, to]) => at - Math.max(0, Math.min(x, to) - from), x);
}

/** An arrow between two boxes, from side to side. */
function arrow(tail, head) {
  const middle = ([left, top, right, bottom]) => [(left + right) / 2, (top + bottom) / 2];
  const [a, b] = [middle(tail), middle(head)];
  const isAcross = head[0] > tail[2] || head[2] < tail[0];
  const direction = isAcross ? Math.sign(b[0] - a[0]) : Math.sign(b[1] - a[1]) || 1;
  const start = isAcross ? [direction > 0 ? tail[2] : tail[0], a[1]] : [a[0], direction > 0 ? tail[3] : tail[1]];
  const end = isAcross ? [direction > 0 ? head[0] : head[2], b[1]] : [b[0], direction > 0 ? head[1] : head[3]];
  const [x, y] = isAcross ? [direction, 0] : [0, direction];
  const tip = [end[0] - 9 * x, end[1] - 9 * y];
  const reach = Math.max(20, (isAcross ? Math.abs(end[0] - start[0]) : Math.abs(end[1] - start[1])) / 2);
  const line = `M${start}C${start[0] + reach * x},${start[1] + reach * y} ${tip[0] - reach * x},${tip[1] - reach * y} ${tip}`;
  const wing = [`${tip[0] - 4 * y},${tip[1] + 4 * x}`, `${end}`, `${tip[0] + 4 * y},${tip[1] - 4 * x}`].join(" ");
  return svgElement(
    "g",
    { class: "edge" },
    svgElement("path", { d: line, fill: "none" }),
    svgElement("path", { class: "tip", d: `M${wing}Z` }),
  );
}

// --- which part of the picture is seen

class Camera {
  constructor(frame, svg) {
    this.frame = frame;
    this.svg = svg;
    this.isNear = false;
    this.size = [0, 0];
    this.view = null;
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    this.letDrag();
  }

  /** The picture can be dragged by a mouse or a pen; a finger scrolls the page. */
  letDrag() {
    let grip = null;
    this.frame.addEventListener("pointerdown", (event) => {
      const isMeant = event.button === 0 && event.pointerType !== "touch" && this.view;
      grip = isMeant ? { x: event.clientX, y: event.clientY, view: this.view, isDragged: false } : null;
    });
    this.frame.addEventListener("pointermove", (event) => {
      if (!grip || !event.buttons) return;
      const by = [event.clientX - grip.x, event.clientY - grip.y];
      if (!grip.isDragged && Math.hypot(...by) < 4) return;
      grip.isDragged = true;
      this.frame.setPointerCapture(event.pointerId);
      const unit = grip.view[2] / this.size[0];
      this.go([grip.view[0] - by[0] * unit, grip.view[1] - by[1] * unit, grip.view[2], grip.view[3]], true);
    });
    this.frame.addEventListener("pointerup", () => (grip = null)); // the click at its end goes to the frame
  }

  /** Take the size of the frame; the first time, and if the picture is too small there to be read, go near. */
  measure(whole) {
    const isFirst = !this.size[0];
    this.size = [this.frame.clientWidth, this.frame.clientHeight];
    if (!isFirst || !this.size[0]) return false;
    const scale = Math.min(this.size[0] / (whole[2] - whole[0]), this.size[1] / (whole[3] - whole[1]));
    this.isNear = scale < 0.5;
    return true;
  }

  /** Show the whole picture, or what is around the node in focus, and that in any case. */
  look(graph, place, atOnce = false) {
    const [width, height] = this.size;
    if (!width || !height) return;
    const whole = graph.whole();
    const box = this.isNear ? graph.around(place) : whole;
    const fit = Math.min(width / (box[2] - box[0]), height / (box[3] - box[1]));
    const scale = this.isNear ? Math.max(0.55, Math.min(0.9, fit)) : fit;
    const size = [width / scale, height / scale];
    const corner = size.map((length, k) => {
      let from = (box[k] + box[k + 2] - length) / 2;
      if (!this.isNear) return from;
      const own = graph.of(place);
      from = Math.min(own[k], Math.max(own[k + 2] - length, from));
      const room = whole[k + 2] - whole[k] - length; // beyond the picture there is nothing to see
      return room < 0 ? whole[k] + room / 2 : Math.min(whole[k + 2] - length, Math.max(whole[k], from));
    });
    this.go([...corner, ...size], atOnce || calm.matches || !this.view);
  }

  go(view, atOnce) {
    cancelAnimationFrame(this.frameId);
    const start = this.view;
    const began = performance.now();
    const step = (now) => {
      const share = atOnce ? 1 : Math.min(1, (now - began) / 260);
      const eased = share * share * (3 - 2 * share);
      this.view = view.map((end, k) => (share === 1 ? end : start[k] + (end - start[k]) * eased));
      this.svg.setAttribute("viewBox", this.view.map((x) => x.toFixed(2)).join(" "));
      if (share < 1) this.frameId = requestAnimationFrame(step);
    };
    step(began);
  }
}

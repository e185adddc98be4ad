// The page of a recorded step: one node in focus, what it receives and what it sends, and what is known about it.

const KINDS = {
  input: "given",
  parameter: "parameter",
  operation: "computed",
  gradient: "gradient",
  update: "updated parameter",
  module: "module",
};

const VERDICTS = { true: ["✓", "agrees", "good"], false: ["✗", "differs", "bad"], null: ["?", "unclear", "unclear"] };

mount("step", ({ host, page, data, pictures, alone }) => {
  const { nodes } = data;
  const graph = new Graph(pictures.step, data);
  const stage = element("div", { class: "picture" }, pictures.step);
  const camera = new Camera(stage, pictures.step);
  const panel = element("div", { class: "panel", role: "region", "aria-label": "the node in focus" });
  let focus = 0;

  function show(place) {
    focus = place;
    graph.focus(place);
    fillPanel(panel, data, place, jump);
    for (const chip of chips.children) {
      if (chip.dataset.stage === nodes[place].stage) chip.setAttribute("aria-current", "step");
      else chip.removeAttribute("aria-current");
    }
    count.textContent = `${place + 1} of ${nodes.length}`;
    camera.look(graph, place);
  }

  function words(place) {
    const { stage, name, path, formula, badges = [] } = nodes[place];
    const warnings = badges.map((badge) => badge.words);
    return [`${stage}: ${formula || name}`, path && `in ${data.modules[path] ?? path}`, ...warnings].filter(Boolean).join(", ");
  }

  const { bar, spoken, go, stop } = transport({
    host, page, alone, show, words,
    count: nodes.length,
    name: "node",
    pause: 1500,
    startWords: "back to the first node",
  });
  const jump = (place) => {
    stop();
    go(place);
  };

  const count = element("p", { class: "count" });
  bar.append(count);
  const chips = element("div", { class: "chips", role: "group", "aria-label": "stages" });
  for (const [name, sign] of [["forward", "→"], ["backward", "←"], ["update", "↻"]]) {
    const first = nodes.findIndex((node) => node.stage === name);
    if (first < 0) continue;
    const chip = element("button", { type: "button", class: "chip", "data-stage": name }, `${sign} ${name}`);
    chip.addEventListener("click", () => jump(first));
    chips.append(chip);
  }

  const near = element("button", { type: "button", class: "near" });
  const nameNear = () => {
    near.textContent = camera.isNear ? "whole picture" : "close-up";
    near.title = camera.isNear ? "show the whole step" : "follow the node in focus";
  };
  near.addEventListener("click", () => {
    camera.isNear = !camera.isNear;
    nameNear();
    camera.look(graph, focus);
  });

  const modules = element("div", { class: "modules", role: "group", "aria-label": "modules" });
  for (const path of graph.modules) {
    const toggle = element("button", { type: "button", class: "module", "data-module": path });
    toggle.addEventListener("click", () => fold(path));
    modules.append(toggle);
  }
  function nameModules() {
    for (const toggle of modules.children) {
      const path = toggle.dataset.module;
      const closed = graph.closed.has(path);
      toggle.textContent = `${closed ? "▸" : "▾"} ${data.modules[path] ?? path}`;
      toggle.setAttribute("aria-expanded", String(!closed));
      toggle.setAttribute("aria-label", `module ${path}`);
      toggle.title = closed ? `expand ${path}` : `collapse ${path}`;
      toggle.hidden = graph.isInsideClosed(path);
    }
  }
  function fold(path) {
    graph.toggle(path);
    nameModules();
    spoken.textContent = `${path} ${graph.closed.has(path) ? "collapsed" : "expanded"}`;
    camera.look(graph, focus);
  }

  graph.listen(jump, fold);
  page.append(
    element("header", {}, element("h1", {}, data.title), bar, themeButton(page)),
    spoken,
    element("div", { class: "tools" }, chips, modules, near),
    element("div", { class: "walk" }, stage, panel),
  );
  nameModules();
  new ResizeObserver(() => {
    if (camera.measure(graph.whole())) nameNear();
    camera.look(graph, focus, true);
  }).observe(stage);
  nameNear();
  go(0, true);
});

// --- what is said about a node

function fillPanel(panel, data, place, jump) {
  const node = data.nodes[place];
  const link = (other) => {
    const button = element("button", { type: "button", class: "link", "data-to": other }, data.nodes[other].name);
    button.addEventListener("click", () => jump(other));
    return button;
  };
  const heading = element("h2", {}, node.name);
  const facts = [node.words || KINDS[node.kind], node.shape, data.modules[node.path] ?? node.path].filter(Boolean).join(" · ");
  const about = element("section", { class: "about" }, heading, element("p", { class: "facts" }, facts));
  for (const badge of node.badges ?? []) about.append(element("p", { class: "badge" }, `${badge.glyph} ${badge.words}`));
  if (node.formula) about.append(line("formula", node.formula));
  if (node.numbers && node.numbers !== node.formula) about.append(line("numbers", node.numbers));
  if (node.value && (!node.numbers || node.value.includes(" numbers from "))) about.append(valueOf(node));
  if (node.change) about.append(element("p", { class: "numbers" }, "changed by ", written(node.change)));
  if (node.paper) about.append(element("p", { class: "paper" }, written(node.paper)));
  panel.replaceChildren(about);
  const parts = data.edges.filter((edge) => edge.to === place && edge.part);
  if (node.kind === "gradient" && parts.length) panel.append(chainRule(node, parts, data.nodes, link));
  if (node.check !== undefined) panel.append(comparison(data.checks[node.check]));
  about.append(flow(data, place, link));
}

function line(kind, text) {
  return element("p", { class: kind }, written(text));
}

function valueOf(node) {
  const isSpread = node.value.includes(" numbers from ");
  return element("p", { class: "numbers" }, `${node.name}${isSpread ? ":" : " ="} `, written(node.value));
}

/** Text in which bracketed numbers, `[[1, 2], [3, 4]]`, stand as vectors and matrices. */
function written(text) {
  const made = document.createDocumentFragment();
  let rest = text;
  for (let found; (found = /\[\[.*?\]\]|\[[^[\]]*\]/s.exec(rest)); ) {
    const rows = [...found[0].matchAll(/\[([^[\]]*)\]/g)].map((row) => row[1].split(",").map((cell) => cell.trim()));
    made.append(rest.slice(0, found.index), isNumbers(rows) ? matrix(rows) : found[0]);
    rest = rest.slice(found.index + found[0].length);
  }
  made.append(rest);
  return made;
}

function isNumbers(rows) {
  return rows.every((row) => row.every((cell) => /^[+−]?(\d|∞|NaN|…)/.test(cell)));
}

function matrix(rows) {
  const body = rows.map((row) => element("span", { class: "row" }, ...row.map((cell) => element("span", {}, cell))));
  const words = rows.map((row) => row.join(", ")).join("; ");
  return element("span", { class: "matrix", role: "img", "aria-label": `[${words}]` }, ...body);
}

/** The sum over the consumers of what a gradient belongs to. */
function chainRule(node, parts, nodes, link) {
  const several = parts.length > 1;
  const rows = parts.map((edge) => {
    const local = cell("td", written(edge.label ? `× ${edge.label}` : ""));
    return element("tr", {}, cell("th", link(edge.from)), local, ...(several ? [cell("td", written(edge.part))] : []));
  });
  if (several) rows.push(element("tr", { class: "sum" }, cell("th", "sum"), cell("td"), cell("td", written(node.value))));
  const different = (all) => [...new Set(all.filter(Boolean))];
  const consumers = different(parts.map((edge) => nodes[nodes[edge.from].of]?.name));
  const equations = different(parts.map((edge) => edge.equation));
  return element(
    "section",
    { class: "chain" },
    element("h3", {}, "chain rule"),
    element("p", { class: "facts" }, `${several ? "the sum of what" : "what"} comes from ${consumers.join(", ")}`),
    table(["from", "local derivative", ...(several ? ["part"] : [])], rows),
    ...equations.map((equation) => element("p", { class: "equation" }, written(equation))),
  );
}

function comparison(check) {
  const rows = check.rows.map(([place, ok, ...numbers]) =>
    element("tr", {}, cell("th", place), ...numbers.map((number) => cell("td", number)), cell("td", tick(ok))),
  );
  return element(
    "section",
    { class: "check" },
    element("h3", {}, "is this gradient right? ", verdict(check.ok)),
    ...(rows.length ? [table(check.columns, rows)] : []),
    ...check.notes.map((note) => element("p", { class: "note" }, note)),
  );
}

function verdict(ok) {
  const [sign, words, kind] = VERDICTS[ok];
  return element("span", { class: kind }, `${sign} ${words}`);
}

function tick(ok) {
  const [sign, words, kind] = VERDICTS[ok];
  return element("span", { class: kind, role: "img", "aria-label": words }, sign);
}

function flow(data, place, link) {
  const list = (words, sign, kind, others) =>
    element(
      "div",
      { class: kind },
      element("h3", {}, `${sign} ${words}`),
      element("p", {}, ...(others.length ? others.map(link) : ["—"])),
    );
  const from = [...new Set(data.edges.filter((edge) => edge.to === place).map((edge) => edge.from))];
  const to = [...new Set(data.edges.filter((edge) => edge.from === place).map((edge) => edge.to))];
  const kin = data.nodes[place].of ?? data.nodes.findIndex((node) => node.kind === "gradient" && node.of === place);
  const isForward = data.nodes[place].of === undefined;
  const hasBackward = data.nodes.some((node) => node.kind === "gradient");
  return element(
    "div",
    { class: "flow" },
    list("receives from", "⇥", "in", from),
    list("sends to", "↦", "out", to),
    ...(hasBackward ? [list(isForward ? "its gradient" : "belongs to", "⇅", "kin", kin < 0 ? [] : [kin])] : []),
  );
}

function table(columns, rows) {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  return element("div", { class: "table" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
}

function cell(kind, ...children) {
  return element(kind, kind === "th" ? { scope: "row" } : {}, ...children);
}

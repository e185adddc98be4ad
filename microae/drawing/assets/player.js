// The training player: the pictures of one epoch, moved to another.

mount("player", ({ host, page, data, pictures, alone }) => {
  const palettes = Object.fromEntries(Object.entries(data.palettes).map(([name, text]) => [name, unpacked(text, Uint8Array)]));
  const runs = data.runs.map((run, k) => ({
    ...run,
    marker: pictures.loss.querySelector(`.marker[data-run="${k}"]`),
    moveWeights: mover(pictures[`weights${k}`], run.weights, palettes, showWeight),
    moveSamples: mover(pictures[`samples${k}`], run.samples, palettes, showSample),
    moveErrors: errorMover(pictures[`samples${k}`], run.samples),
    caption: element("p", { class: "caption" }),
  }));
  const epochs = [...new Set(runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);

  function showWeight(group, number) {
    const { largest, decimals, thinnest, thicker } = data.scale;
    const path = group.querySelector("path");
    const sign = number > 0 ? "positive" : number < 0 ? "negative" : "zero";
    group.classList.remove("positive", "negative", "zero");
    if (path) {
      group.classList.add(sign);
      path.setAttribute("stroke-width", thinnest + thicker * Math.min(1, Math.abs(number || 0) / largest));
    } else {
      const texts = group.querySelectorAll("text");
      if (texts.length === 1) group.classList.add(sign); // a weight; a bias stands in its neuron
      texts[texts.length - 1].textContent = signed(number, decimals);
    }
  }

  function showSample(group, number, { low, high }) {
    const level = Math.round((255 * Math.max(0, Math.min(high - low, number - low))) / (high - low));
    const text = group.querySelector("text");
    group.querySelector("rect").setAttribute("fill", `rgb(${palettes.ink.slice(3 * level, 3 * level + 3)})`);
    text.setAttribute("fill", level > 137 ? "#FFFFFF" : "#000000");
    text.textContent = minus(Math.abs(number) < 10 ? number.toFixed(3) : String(Number(number.toPrecision(4))));
  }

  const before = (run, epoch) => run.epochs.findLastIndex((kept) => kept <= epoch);

  function show(place) {
    epoch.textContent = `epoch ${epochs[place]}`;
    for (const [k, run] of runs.entries()) {
      const frame = before(run, epochs[place]);
      run.moveWeights(frame);
      run.moveSamples(frame);
      run.moveErrors(frame);
      run.marker.setAttribute("visibility", run.losses[frame] === "—" ? "hidden" : "visible");
      run.marker.setAttribute("transform", `translate(${run.places[frame].join(" ")})`);
      pictures[`weights${k}`].setAttribute("aria-label", `${run.name}: the weights after epoch ${run.epochs[frame]}`);
      pictures[`samples${k}`].setAttribute("aria-label", `${run.name}: input and output after epoch ${run.epochs[frame]}`);
      run.caption.textContent = `epoch ${run.epochs[frame]}, loss ${run.losses[frame]}`;
    }
  }

  function words(place) {
    const told = runs.map((run) => {
      const frame = before(run, epochs[place]);
      return `${runs.length > 1 ? `${run.name}: ` : ""}loss ${run.losses[frame] === "—" ? "not yet known" : run.losses[frame]}`;
    });
    return `epoch ${epochs[place]}, ${told.join(", ")}`;
  }

  const epoch = element("p", { class: "epoch" });
  const { bar, spoken, go } = transport({
    host, page, alone, show, words,
    count: epochs.length,
    name: "epoch",
    pause: 60,
    startWords: "rewind to the initialisation, epoch 0",
  });
  bar.append(epoch);
  const title = element("h1", {}, data.title);
  page.append(element("header", {}, title, bar, themeButton(page)), spoken);
  page.append(
    element(
      "div",
      { class: `runs of${runs.length}` },
      ...runs.flatMap((run, k) => [
        element("div", { class: `weights run${k}` }, heading(run, k), pictures[`weights${k}`]),
        element("div", { class: `samples run${k}` }, pictures[`samples${k}`]),
      ]),
      element("div", { class: "loss" }, pictures.loss),
    ),
  );
  go(epochs.length - 1, true);

  function heading(run, k) {
    const mark = element("span", { class: `mark run${k}`, "aria-hidden": "true" }, k ? "■" : "●");
    return element("h2", {}, ...(runs.length > 1 ? [mark, ` ${run.name}`] : []), run.caption);
  }
});

/** A function that moves a picture to a frame: its numbers by `showNumber`, its small images pixel by pixel. */
function mover(picture, moves, palettes, showNumber) {
  if (moves.kind === "numbers") {
    const numbers = unpacked(moves.frames, Float32Array);
    const groups = [...picture.querySelectorAll("[data-number]")];
    return (frame) => {
      for (const group of groups) {
        showNumber(group, numbers[frame * moves.size + Number(group.dataset.number)], moves);
      }
    };
  }
  const levels = unpacked(moves.frames, Uint8Array);
  const images = [...picture.querySelectorAll("[data-pixels]")];
  const sizes = moves.shapes.map(([rows, columns]) => rows * columns);
  const size = sizes.reduce((a, b) => a + b, 0);
  const canvas = document.createElement("canvas");
  return (frame) => {
    let start = frame * size;
    for (const image of images) {
      const k = Number(image.dataset.pixels);
      paint(canvas, moves.shapes[k], levels.subarray(start, start + sizes[k]), palettes[moves.palette]);
      image.setAttribute("href", canvas.toDataURL());
      start += sizes[k];
    }
  };
}

function paint(canvas, [rows, columns], levels, palette) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(columns, rows);
  levels.forEach((level, i) => {
    pixels.data.set([palette[3 * level], palette[3 * level + 1], palette[3 * level + 2], 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
}

function errorMover(picture, { errors }) {
  if (!errors) return () => {};
  const texts = [...picture.querySelectorAll("[data-error]")];
  const numbers = unpacked(errors, Float32Array);
  return (frame) => {
    for (const text of texts) {
      const error = numbers[frame * texts.length + Number(text.dataset.error)];
      text.textContent = error >= 0.00005 ? error.toFixed(4) : "<0.0001";
    }
  };
}

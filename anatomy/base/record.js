// A recorded lab: its controls choose one of the states that were computed beforehand. What a hand
// on the picture does, and how it is named, is that of the living lab: `render` above.

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const unpacked = (text) => {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
};
const find = (selector) => document.querySelector(selector);

const data = JSON.parse(find("#data").textContent);
const images = await Promise.all(
  data.images.map((one) => createImageBitmap(new Blob([bytes(one)], { type: "image/webp" }))),
);
const { controls, start, states, tile, side, columns, scale } = await unpacked(data.recording);
let frame = [];
for (const state of states.filter(Boolean)) {
  frame = [...frame]; // as the one before it, but for what changes: [place, tile, place, tile, ...]
  for (let i = 0; i < state.tiles.length; i += 2) frame[state.tiles[i]] = state.tiles[i + 1];
  state.tiles = frame;
}

let at = start;
const number = (at) => at.reduce((sum, i, place) => sum * controls[place].labels.length + i, 0);

// The picture: a canvas, on which only the tiles that differ are drawn.
const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
canvas.setAttribute("role", "img");
let drawn = [];
const draw = (state) => {
  const [width, height] = state.size.map((length) => length * scale);
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height, drawn] = [width, height, []];
  }
  const tiles = state.tiles.slice(0, columns * Math.ceil(height / tile));
  tiles.forEach((one, place) => {
    if (one === drawn[place]) return;
    const image = images[Math.floor(one / side ** 2)], inside = one % side ** 2;
    const from = [(inside % side) * tile, Math.floor(inside / side) * tile, tile, tile];
    const to = [(place % columns) * tile, Math.floor(place / columns) * tile, tile, tile];
    pen.drawImage(image, ...from, ...to);
  });
  drawn = tiles;
};

// The living lab's screen, with this page in place of a kernel.
const view = { size: [1, 1], alt: "", handles: [] }, listeners = {};
const model = {
  canvas,
  get: (name) => view[name],
  on: (event, act) => (listeners[event] = act),
  off() {},
  set() {},
  save_changes() {},
  send: (message) => move(message),
};
const show = () => {
  inputs.forEach((set, i) => set(at[i]));
  const state = states[number(at)];
  if (state) {
    draw(state);
    Object.assign(view, { size: state.size, alt: state.alt, handles: state.handles });
    for (const name of ["frame", "alt", "handles"]) listeners[`change:${name}`]?.();
    find(".words").textContent = state.alt;
    find("pre").textContent = state.code;
  }
  const other = "There is no such state in this recording: the picture is of another.";
  const line = find(".anatomy-status"), word = document.createElement("b");
  word.textContent = state?.status ?? "not recorded";
  line.dataset.status = word.textContent;
  line.replaceChildren(word, " ", state?.message ?? other);
  find("main").dataset.state = number(at);
};

const inputs = controls.map(({ name, kind, labels }, i) => {
  const row = document.createElement("div"), label = document.createElement("label");
  const input = document.createElement(kind === "select" ? "select" : "input");
  const value = document.createElement("span");
  value.setAttribute("aria-hidden", "true"); // the slider itself says it
  label.textContent = name;
  label.htmlFor = input.id = `control-${i}`;
  row.append(label, input);
  if (kind === "select") input.append(...labels.map((one) => new Option(one)));
  else input.type = kind;
  if (kind === "range") {
    Object.assign(input, { min: 0, max: labels.length - 1, step: 1 });
    row.append(value);
  }
  input.addEventListener("input", () => {
    at[i] = kind === "select" ? input.selectedIndex : Number(kind === "range" ? input.value : input.checked);
    show();
  });
  find(".controls").append(row);
  return (index) => {
    if (kind === "select") input.selectedIndex = index;
    else if (kind === "checkbox") input.checked = Boolean(index);
    else {
      input.value = index;
      value.textContent = labels[index];
      input.setAttribute("aria-valuetext", labels[index]);
    }
  };
});
find(".controls").addEventListener("submit", (event) => event.preventDefault());

// A hand, or an arrow key, on a handle of the picture.
const nearest = (places, distance) =>
  places.reduce((best, place, i) => (distance(place) < distance(places[best]) ? i : best), 0);
const named = (handles, label) => handles.find((one) => one.label === label);
const move = ({ kind, label, first = true, x, y }) => {
  const handle = named(view.handles, label), before = at;
  if (!handle) return;
  at = [...at];
  for (const [control, i] of (first && handle.press) || []) at[control] = i;
  if (kind === "grab" && handle.to) at = towards(handle, x, y);
  for (const [pair, along, upwards] of [[handle.x, x, false], [handle.y, y, true]]) {
    if (!pair || (kind === "grab" && handle.to)) continue;
    const [control, places] = pair;
    if (kind === "grab") at[control] = nearest(places, (place) => Math.abs(place - along));
    else {
      const by = upwards && places.at(-1) > places[0] ? -along : along; // rows are counted downwards
      at[control] = Math.min(Math.max(at[control] + by, 0), places.length - 1);
    }
  }
  if (!states[number(at)]) at = before;
  show();
};
// Where a hand moves several controls together: the state whose handle is nearest to the hand.
const towards = (handle, x, y) => {
  let [best, least] = [at, Infinity];
  const look = (position, free) => {
    if (free.length) {
      const [control, ...others] = free;
      controls[control].labels.forEach((_, i) => look(position.with(control, i), others));
      return;
    }
    const there = named(states[number(position)]?.handles ?? [], handle.label);
    if (!there) return;
    const [left, top, wide, high] = there.place;
    const distance = Math.hypot(left + wide / 2 - x, top + high / 2 - y);
    if (distance < least) [best, least] = [position, distance];
  };
  look(at, []); // of equals the present one is kept
  look(at, handle.to);
  return best;
};

render({ model, el: find(".anatomy-screen") });
show();

// In a frame of another page: how high it would like to be.
if (parent !== window) {
  const tell = () => parent.postMessage({ anatomy: find("main").offsetHeight + 22 }, "*");
  new ResizeObserver(tell).observe(find("main"));
}

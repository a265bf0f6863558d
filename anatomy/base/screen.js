// The picture of a lab: frames, handles to grab, and the names that ipywidgets gives no control.

const NARROWEST = 560; // CSS pixels for which pictures lay themselves out
const LENS = 180; // CSS pixels of what is seen large
const FAR = 1e6; // steps, to either end of any control
const WAIT = 250; // ms after which the next position is sent although no picture has answered

function render({ model, el }) {
  const image = model.canvas ?? document.createElement("img"); // a recorded lab draws by itself
  image.draggable = false;
  const handles = document.createElement("div");
  handles.className = "anatomy-handles";
  const lens = document.createElement("canvas");
  lens.className = "anatomy-lens";
  lens.hidden = true;
  el.append(image, handles, lens);

  const show = () => {
    const [width, height] = model.get("size");
    image.style.aspectRatio = `${width} / ${height}`;
    // No type is ever shown smaller than it was drawn: a place too narrow for that scrolls.
    for (const part of [image, handles]) {
      part.style.maxWidth = `${width}px`;
      part.style.minWidth = `${Math.min(width, NARROWEST)}px`;
    }
    if (!model.canvas) {
      const url = URL.createObjectURL(new Blob([model.get("frame")], { type: "image/png" }));
      image.onload = () => {
        URL.revokeObjectURL(url);
        magnify();
      };
      image.src = url;
    }
    answered();
  };
  const attribute = model.canvas ? "aria-label" : "alt";
  const describe = () => image.setAttribute(attribute, model.get("alt"));

  // A position is sent when the last one has been answered by a picture: a fast hand queues nothing.
  let waiting = 0, next = null;
  const send = (message) => {
    if (waiting) return void (next = { ...message, first: message.first || next?.first });
    waiting = setTimeout(answered, WAIT);
    model.send(message);
  };
  const answered = () => {
    clearTimeout(waiting);
    waiting = 0;
    const last = next;
    next = null;
    if (last) send(last);
  };

  const place = (event) => {
    const box = image.getBoundingClientRect(), [width, height] = model.get("size");
    return {
      x: ((event.clientX - box.left) / box.width) * width,
      y: ((event.clientY - box.top) / box.height) * height,
    };
  };
  // A small picture under the mouse, seen large: its pixels are here already.
  let near = null;
  const magnify = (handle = near) => {
    lens.hidden = !(near = handle);
    if (!near) return;
    const [width] = model.get("size"), scale = (image.naturalWidth || image.width) / width;
    const [left, top, wide, high] = near.place, from = [left, top, wide, high].map((at) => at * scale);
    [lens.width, lens.height] = [LENS, (LENS * high) / wide];
    lens.getContext("2d").drawImage(image, ...from, 0, 0, lens.width, lens.height);
    const beside = left + wide + 8 + LENS < width ? left + wide + 8 : left - 8 - LENS;
    const above = Math.max(0, Math.min(top, model.get("size")[1] - lens.height - 2));
    Object.assign(lens.style, { left: `${beside}px`, top: `${above}px` });
  };
  const grip = (handle, part) => {
    const [width, height] = model.get("size"), [left, top, wide, high] = handle.place, { label } = handle;
    part.className = `anatomy-handle anatomy-${handle.kind}`;
    part.tabIndex = 0;
    part.setAttribute("role", handle.kind === "press" ? "button" : "slider");
    part.setAttribute("aria-label", label);
    part.setAttribute("aria-valuetext", handle.value);
    part.title = label + (handle.value && `: ${handle.value}`);
    Object.assign(part.style, {
      left: `${(100 * left) / width}%`, top: `${(100 * top) / height}%`,
      width: `${(100 * wide) / width}%`, height: `${(100 * high) / height}%`,
    });
    part.onpointerenter = handle.near
      ? (event) => magnify(event.pointerType === "touch" ? null : handle) : null;
    part.onpointerleave = handle.near ? () => magnify(null) : null;
    const grab = (at, first) => send({ kind: "grab", label, first, ...place(at) });
    // A finger that begins to scroll presses nothing: it has neither clicked nor moved sideways.
    const pressed = handle.kind === "press";
    part.onclick = pressed ? (event) => grab(event, true) : null;
    part.onpointerdown = pressed ? null : (event) => {
      if (event.button) return; // of a menu
      let first = handle.kind === "pan" && event.pointerType !== "mouse";
      part.focus({ preventScroll: true });
      part.setPointerCapture(event.pointerId);
      const follow = (move) => {
        const [across, down] = [move.clientX - event.clientX, move.clientY - event.clientY];
        if (first && move.type === "pointermove" && Math.abs(across) <= Math.abs(down)) return;
        grab(move, first);
        first = false;
      };
      part.onpointermove = follow;
      part.onpointerup = (up) => {
        if (first) follow(up);
        part.onpointermove = null;
      };
      if (!first) grab(event, true);
      event.preventDefault();
    };
    part.onpointercancel = () => (part.onpointermove = null);
    part.onkeydown = (event) => {
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const ends = { Home: -FAR, End: FAR }, end = ends[event.key];
      const press = event.key === "Enter" || event.key === " ";
      if (!press && !end && !steps[event.key]) return;
      event.preventDefault();
      if (end) return model.send({ kind: "end", label, x: end, y: end });
      const [x, y] = steps[event.key] ?? [0, 0];
      model.send({ kind: "key", label, x, y });
    };
    return part;
  };
  const grips = () => {
    const before = new Map([...handles.children].map((part) => [part.getAttribute("aria-label"), part]));
    const all = model.get("handles"), part = (one) => before.get(one.label) ?? document.createElement("div");
    const parts = all.map((one) => grip(one, part(one))), at = parts.indexOf(document.activeElement);
    const focused = [...handles.children].indexOf(document.activeElement);
    for (const part of [...handles.children]) if (!parts.includes(part)) part.remove();
    if (parts.some((part, i) => part !== handles.children[i])) {
      if (at < 0) handles.replaceChildren(...parts);
      else { // the one in hand, or under the keys, stays where it is
        parts[at].before(...parts.slice(0, at));
        parts[at].after(...parts.slice(at + 1));
      }
    }
    // Where the one that was pressed is gone, the keyboard is at the one after it.
    if (focused >= 0 && at < 0) (parts[focused] ?? parts.at(-1))?.focus({ preventScroll: true });
    if (near) magnify(all.find((handle) => handle.label === near.label) ?? null);
  };

  // How it is seen: the width there is, the screen's pixels, the page's theme.
  const body = document.body;
  let timer = 0, width = 0;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!el.isConnected || !el.clientWidth) return;
      width = el.clientWidth;
      const theme = body.dataset.jpThemeLight ?? !body.classList.contains("vscode-dark");
      const zoom = Math.round((100 * el.getBoundingClientRect().width) / width) / 100;
      const seen = { width, zoom, ratio: devicePixelRatio, dark: String(theme) === "false" };
      if (JSON.stringify(seen) === JSON.stringify(model.get("seen"))) return;
      model.set("seen", seen);
      model.save_changes();
    }, 120);
  };
  const approach = () => {
    if (!el.closest(".jupyter-widgets-disconnected")) model.send({ kind: "approach" });
    look();
  };
  const resized = new ResizeObserver(() => Math.abs(el.clientWidth - width) > 4 && look());
  resized.observe(el);
  const themed = new MutationObserver(look);
  themed.observe(body, { attributeFilter: ["data-jp-theme-light", "class"] });
  const named = new MutationObserver(() => name(el.closest(".anatomy-lab") ?? el)); // el: taken away
  const attached = setInterval(() => {
    const lab = el.closest(".anatomy-lab");
    if (!lab) return;
    clearInterval(attached);
    name(lab);
    // Shown in two places, it is drawn for the one that is being used.
    for (const event of ["pointerenter", "focusin"]) lab.addEventListener(event, approach);
    named.observe(lab, { childList: true, subtree: true, attributeFilter: ["class", "title"] });
    look();
  }, 50);

  const changes = { frame: show, alt: describe, handles: grips };
  for (const [trait, change] of Object.entries(changes)) {
    model.on(`change:${trait}`, change);
    change();
  }
  return () => {
    clearInterval(attached);
    clearTimeout(timer);
    for (const observer of [resized, themed, named]) observer.disconnect();
    for (const [trait, change] of Object.entries(changes)) model.off(`change:${trait}`, change);
  };
}

// ipywidgets ties a label to a menu or a text field, and none to the handle of a slider or to the
// number beside it, which take the keyboard; an icon has no name, the head of a fold no keys.
const ICONS = { "fa-play": "play", "fa-pause": "pause", "fa-stop": "stop", "fa-retweet": "repeat" };

function name(lab) {
  const times = new Map(); // three racers have a learning_rate each: the second is "..., 2"
  const call = (part, label) => {
    times.set(label, (times.get(label) ?? 0) + 1);
    const text = times.get(label) > 1 ? `${label}, ${times.get(label)}` : label;
    if (part.getAttribute("aria-label") !== text) part.setAttribute("aria-label", text);
  };
  for (const part of lab.querySelectorAll(".noUi-handle, .widget-readout[contenteditable]")) {
    const row = part.closest(".widget-inline-hbox, .widget-inline-vbox");
    const label = row?.querySelector(".widget-label")?.textContent;
    if (!label) continue;
    const readout = part.matches(".widget-readout");
    call(part, readout ? `${label}, typed` : label);
    if (readout) part.setAttribute("role", "textbox");
  }
  for (const part of lab.querySelectorAll("button, input, select")) {
    const label = part.labels?.[0], text = (label ?? part).textContent.trim();
    const icon = Object.keys(ICONS).find((icon) => part.querySelector(`i.${icon}`));
    if (!/\p{Letter}/u.test(text)) call(part, part.title || label?.title || ICONS[icon] || text);
    else if (part.matches("select")) call(part, text);
  }
  for (const head of lab.querySelectorAll(".jupyter-widget-Collapse-header")) {
    head.tabIndex = 0;
    head.role = "button";
    head.ariaExpanded = head.parentElement.matches(".jupyter-widget-Collapse-open");
    head.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault(); // a space would scroll
      event.currentTarget.click();
    };
  }
}

// Jupyter would take arrows and letters for its cells; Ctrl+S is its own.
if (!window.anatomyKeeps) {
  window.anatomyKeeps = true;
  const keep = (event) => {
    if (!event.target.closest?.(".anatomy-lab")) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    event.target.toggleAttribute("data-lm-suppress-shortcuts", plain);
  };
  window.addEventListener("keydown", keep, true); // before Jupyter, which listens at document
}

export default { render };

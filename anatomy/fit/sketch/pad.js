// A pad to draw on: strokes of a pen, smooth at once, and in Python as soon as it has time.

const PAUSE = 60; // ms between two messages while the pen moves
const CELLS = 14; // steps of the keyboard's pen from side to side

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  const side = model.get("side");
  const ratio = devicePixelRatio || 1;
  canvas.width = canvas.height = side * ratio;
  canvas.style.width = canvas.style.height = `${side}px`;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    "a pad to draw a digit: arrow keys move the pen, the space bar lowers and lifts it",
  );
  el.append(canvas);

  let strokes = structuredClone(model.get("value")), drawing = null, timer = 0, begun = false;
  let number = null; // of the last message, until Python has taken it
  const pen = { x: 0.5, y: 0.5, down: false, seen: false };

  const paint = () => {
    const look = getComputedStyle(canvas), context = canvas.getContext("2d"), size = canvas.width;
    context.clearRect(0, 0, size, size);
    context.strokeStyle = context.fillStyle = look.color;
    context.lineWidth = (model.get("thickness") / 28) * size;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(([x, y], i) => {
        const [before, at] = [stroke[Math.max(i - 1, 0)], [x * size, y * size]];
        if (!i) context.moveTo(...at);
        const [u, v] = [before[0] * size, before[1] * size];
        context.quadraticCurveTo(u, v, (u + at[0]) / 2, (v + at[1]) / 2);
        if (i === stroke.length - 1) context.lineTo(...at);
      });
      context.stroke();
    }
    if (!pen.seen) return;
    context.lineWidth = 2 * ratio;
    context.strokeStyle = pen.down ? "#0072B2" : look.color;
    context.strokeRect(pen.x * size - 6 * ratio, pen.y * size - 6 * ratio, 12 * ratio, 12 * ratio);
  };
  // All that changes the strokes comes as messages of the pad, one after the other: a state would be
  // held back, and what other widgets say may be heard by another thread. Each takes the place of
  // the strokes from ``end`` on.
  const send = (end, strokes) => {
    number = Math.random();
    model.send({ number, end, strokes });
  };
  const draw = () => {
    clearTimeout(timer);
    timer = 0;
    send(begun ? -1 : null, [drawing.slice()]);
    begun = true;
  };
  const changed = () => {
    paint();
    timer ||= setTimeout(draw, PAUSE);
  };
  const lift = () => timer && draw();
  const begin = (x, y) => {
    lift();
    drawing = [[x, y]];
    strokes.push(drawing);
    begun = false;
    changed();
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = (at, start, size) => Math.round(1000 * Math.min(Math.max((at - start) / size, 0), 1)) / 1000;
    return [share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height)];
  };

  canvas.onpointerdown = (event) => {
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    pen.seen = pen.down = false;
    begin(...place(event));
    canvas.onpointermove = (move) => {
      for (const one of move.getCoalescedEvents?.() ?? [move]) drawing.push(place(one));
      changed();
    };
    event.preventDefault();
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    canvas.onpointermove = null;
    lift();
  };
  canvas.onkeydown = (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    pen.seen = true;
    if (step) {
      pen.x = Math.min(Math.max(pen.x + step[0] / CELLS, 0), 1);
      pen.y = Math.min(Math.max(pen.y + step[1] / CELLS, 0), 1);
      if (pen.down) drawing.push([pen.x, pen.y]);
    } else {
      pen.down = !pen.down;
      pen.down ? begin(pen.x, pen.y) : lift();
    }
    pen.down ? changed() : paint();
  };
  canvas.onblur = () => {
    pen.seen = pen.down = false;
    lift();
    paint();
  };

  const press = (event) => {
    const button = event.target.closest?.(".anatomy-undo, .anatomy-clear");
    if (!button?.closest(".anatomy-lab")?.contains(el)) return;
    event.stopPropagation(); // not by the button's own widget
    lift();
    const end = button.matches(".anatomy-undo") ? -1 : 0;
    strokes = strokes.slice(0, end);
    send(end, []);
    paint();
  };
  document.addEventListener("click", press, true);

  const taken = () => {
    if (model.get("taken") === number) number = null;
    if (number || timer || canvas.onpointermove) return; // the pen is ahead
    strokes = structuredClone(model.get("value"));
    paint();
  };
  model.on("change:value change:taken", taken);
  model.on("change:thickness", paint);
  paint();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("click", press, true);
    model.off("change:value change:taken", taken);
    model.off("change:thickness", paint);
  };
}

export default { render };

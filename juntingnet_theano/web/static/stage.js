// A picture with its heat on a canvas, and the rectangle that is drawn on it.

import { contour, heat } from './maps.js';

const LINES = { 5: [3, []], 10: [2, []], 20: [2, [7, 5]] };

// Draw all that is to be seen into a canvas of the map's size.
export function draw(canvas, { bitmap, map, colours, opacity, wipe, contours, fixations, thick = 1 }) {
  const context = canvas.getContext('2d');
  const { width, height } = map ?? fitted(bitmap, 1600);
  canvas.width = width;
  canvas.height = height;
  if (bitmap) context.drawImage(bitmap, 0, 0, width, height);
  else {
    context.fillStyle = '#777';
    context.fillRect(0, 0, width, height);
  }
  if (!map) return;
  const edge = Math.round(width * wipe);
  context.save();
  context.beginPath();
  context.rect(0, 0, edge, height);
  context.clip();
  if (bitmap && opacity) {
    // Greyer under the heat, whose colours the picture may have too.
    context.filter = `saturate(${1 - 0.8 * opacity})`;
    context.drawImage(bitmap, 0, 0, width, height);
    context.filter = 'none';
  }
  context.globalAlpha = opacity;
  if (map.heatOf !== colours) {
    map.heat = heat(map, colours);
    map.heatOf = colours;
  }
  context.drawImage(map.heat, 0, 0);
  context.restore();
  const unit = (thick * Math.max(width, height)) / 900;
  if (edge < width && edge > 0) {
    context.fillStyle = 'rgba(255,255,255,.95)';
    context.fillRect(edge - unit, 0, 2 * unit, height);
  }
  for (const percent of contours ?? []) outline(context, map, percent, unit);
  if (fixations) dots(context, map, fixations, unit);
}

function outline(context, map, percent, unit) {
  const [thickness, dash] = LINES[percent];
  map.contours ??= {};
  map.contours[percent] ??= contour(map, percent);
  const path = new Path2D();
  for (const [x0, y0, x1, y1] of chained(map.contours[percent])) {
    if (x0 !== null) path.moveTo(x0 * map.width, y0 * map.height);
    path.lineTo(x1 * map.width, y1 * map.height);
  }
  context.save();
  context.lineJoin = context.lineCap = 'round';
  context.strokeStyle = 'rgba(0,0,0,.55)';
  context.lineWidth = (thickness + 2.5) * unit;
  context.stroke(path);
  context.setLineDash(dash.map((each) => each * unit));
  context.strokeStyle = '#fff';
  context.lineWidth = thickness * unit;
  context.stroke(path);
  context.restore();
}

// Segments in the order in which they touch, so that dashes run on; x0 is
// null where a segment begins at the end of the one before.
function chained(segments) {
  const key = (x, y) => `${x.toFixed(6)},${y.toFixed(6)}`;
  const ends = new Map();
  segments.forEach(([x0, y0, x1, y1], index) => {
    for (const each of [key(x0, y0), key(x1, y1)]) {
      if (!ends.has(each)) ends.set(each, []);
      ends.get(each).push(index);
    }
  });
  const used = new Set();
  const found = [];
  segments.forEach((segment, first) => {
    if (used.has(first)) return;
    used.add(first);
    found.push(segment);
    let [, , x, y] = segment;
    for (;;) {
      const next = ends.get(key(x, y)).find((each) => !used.has(each));
      if (next === undefined) break;
      used.add(next);
      const [x0, y0, x1, y1] = segments[next];
      [x, y] = key(x0, y0) === key(x, y) ? [x1, y1] : [x0, y0];
      found.push([null, null, x, y]);
    }
  });
  return found;
}

function dots(context, map, fixations, unit) {
  const scale = map.width / map.full[0];
  // A thousand of full size would hide the picture.
  const size = unit * Math.max(0.45, Math.min(1, Math.sqrt(200 / fixations.length)));
  context.lineWidth = 1.5 * size;
  for (const [x, y] of fixations) {
    context.beginPath();
    context.arc((x + 0.5) * scale, (y + 0.5) * scale, 4.5 * size, 0, 2 * Math.PI);
    context.fillStyle = 'rgba(64,224,255,.9)';
    context.strokeStyle = 'rgba(0,20,30,.9)';
    context.fill();
    context.stroke();
  }
}

export function fitted({ width, height }, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

// Put an element over a rectangle of shares of its parent's sides.
export function place(element, { x, y, w, h }) {
  const names = { left: x, top: y, width: w, height: h };
  for (const [name, value] of Object.entries(names)) element.style[name] = `${100 * value}%`;
}

// The rectangle, in shares of the picture's sides; `changed` hears of it.
export function regionOn(stage, region, changed) {
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const LEAST = 0.005;
  let now = null;

  function set(next) {
    if (next) {
      next = { ...next };
      next.w = clamp(next.w, LEAST, 1);
      next.h = clamp(next.h, LEAST, 1);
      next.x = clamp(next.x, 0, 1 - next.w);
      next.y = clamp(next.y, 0, 1 - next.h);
    }
    now = next;
    region.hidden = !now;
    if (now) place(region, now);
    changed(now);
  }

  function pointed(event) {
    const box = stage.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width, 0, 1),
      clamp((event.clientY - box.top) / box.height, 0, 1)];
  }

  stage.addEventListener('pointerdown', (event) => {
    if (event.button || stage.dataset.busy) return;
    const [x, y] = pointed(event);
    const handle = event.target.dataset?.handle;
    const before = now && { ...now };
    let move;
    if (handle && before) {
      const fixed = [before.x + (handle.includes('w') ? before.w : 0),
        before.y + (handle.includes('n') ? before.h : 0)];
      move = (a, b) => spanned(fixed, [a, b]);
    } else if (region.contains(event.target) && before) {
      move = (a, b) => ({ ...before, x: before.x + a - x, y: before.y + b - y });
    } else {
      move = (a, b) => spanned([x, y], [a, b]);
    }
    let moved = false;
    const follow = (to) => {
      const [a, b] = pointed(to);
      moved ||= Math.hypot(to.clientX - event.clientX, to.clientY - event.clientY) > 4;
      if (moved) set(move(a, b));
    };
    const leave = () => {
      stage.removeEventListener('pointermove', follow);
      stage.removeEventListener('pointerup', leave);
      stage.removeEventListener('pointercancel', leave);
    };
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener('pointermove', follow);
    stage.addEventListener('pointerup', leave);
    stage.addEventListener('pointercancel', leave);
  });

  region.addEventListener('keydown', (event) => {
    if (!now) return;
    const [dx, dy] = {
      ArrowLeft: [-0.01, 0], ArrowRight: [0.01, 0], ArrowUp: [0, -0.01], ArrowDown: [0, 0.01],
    }[event.key] ?? [0, 0];
    if (event.key === 'Delete' || event.key === 'Backspace' || event.key === 'Escape') set(null);
    else if (!dx && !dy) return;
    else if (event.shiftKey) set({ ...now, w: Math.min(now.w + dx, 1 - now.x), h: Math.min(now.h + dy, 1 - now.y) });
    else set({ ...now, x: now.x + dx, y: now.y + dy });
    event.preventDefault();
  });

  return { set, get: () => now };
}

function spanned([x0, y0], [x1, y1]) {
  return { x: Math.min(x0, x1), y: Math.min(y0, y1), w: Math.abs(x1 - x0), h: Math.abs(y1 - y0) };
}

// What can be said of a map: shares, colours, contours.

const ANCHORS = {
  Ember: [[27, 12, 65], [96, 18, 110], [175, 42, 92], [228, 92, 48], [250, 165, 40], [252, 246, 190]],
  Viridis: [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]],
  Ocean: [[8, 18, 44], [16, 52, 104], [18, 104, 150], [52, 160, 180], [140, 212, 204], [240, 252, 240]],
  Grey: [[12, 12, 12], [250, 250, 250]],
};

export const colourNames = Object.keys(ANCHORS);

// 256 x 3 bytes.
export function table(name) {
  const anchors = ANCHORS[name];
  const found = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (anchors.length - 1);
    const low = Math.min(Math.floor(place), anchors.length - 2);
    for (let c = 0; c < 3; c++) {
      found[3 * i + c] = anchors[low][c] + (place - low) * (anchors[low + 1][c] - anchors[low][c]);
    }
  }
  return found;
}

function range(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

// Heat as a canvas. The map is stretched to its range: heat shows where the
// maximum is, not how high. The picture shows through where there is little.
export function heat(map, colours) {
  const canvas = document.createElement('canvas');
  canvas.width = map.width;
  canvas.height = map.height;
  const context = canvas.getContext('2d');
  const image = context.createImageData(map.width, map.height);
  const [low, high] = range(map.values);
  const scale = high > low ? 255 / (high - low) : 0;
  const lookup = table(colours);
  for (let i = 0, o = 0; i < map.values.length; i++, o += 4) {
    const value = Math.round((map.values[i] - low) * scale);
    image.data[o] = lookup[3 * value];
    image.data[o + 1] = lookup[3 * value + 1];
    image.data[o + 2] = lookup[3 * value + 2];
    image.data[o + 3] = 50 + (205 * value) / 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export function sum(map) {
  if (map.sum === undefined) map.sum = map.values.reduce((total, value) => total + value, 0);
  return map.sum;
}

// The share of a map that lies in a rectangle of shares of its sides, counted
// in whole pixels.
export function share(map, rectangle) {
  const { left, top, right, bottom } = pixels(map, rectangle);
  let inside = 0;
  for (let y = top; y < bottom; y++) {
    const row = y * map.width;
    for (let x = left; x < right; x++) inside += map.values[row + x];
  }
  const all = sum(map);
  return all > 0 ? inside / all : NaN;
}

export function pixels(map, { x, y, w, h }) {
  return {
    left: Math.round(x * map.width),
    top: Math.round(y * map.height),
    right: Math.round((x + w) * map.width),
    bottom: Math.round((y + h) * map.height),
  };
}

// A smaller map, for contours.
function reduced(map, side = 240) {
  const step = Math.max(1, Math.floor(Math.max(map.width, map.height) / side));
  const width = Math.floor(map.width / step);
  const height = Math.floor(map.height / step);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let total = 0;
      for (let j = 0; j < step; j++) {
        const row = (y * step + j) * map.width + x * step;
        for (let i = 0; i < step; i++) total += map.values[row + i];
      }
      values[y * width + x] = total / (step * step);
    }
  }
  return { width, height, values };
}

// Segments [x0, y0, x1, y1] in shares of the sides, around the pixels whose
// values are the highest `percent` of all.
export function contour(map, percent) {
  map.small ??= reduced(map);
  const { width, height, values } = map.small;
  map.sorted ??= Float32Array.from(values).sort();
  const level = map.sorted[Math.min(values.length - 1, Math.floor(values.length * (1 - percent / 100)))];
  const segments = [];
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height
    ? -1 : values[y * width + x]); // closed at the borders
  const place = (x, y) => [(Math.min(Math.max(x, -0.5), width - 0.5) + 0.5) / width,
    (Math.min(Math.max(y, -0.5), height - 0.5) + 0.5) / height];
  const between = (a, b) => (a < 0 || b < 0 ? 0.5 : (level - a) / (b - a));
  for (let y = -1; y < height; y++) {
    for (let x = -1; x < width; x++) {
      const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)];
      const kind = (a >= level) | ((b >= level) << 1) | ((c >= level) << 2) | ((d >= level) << 3);
      if (kind === 0 || kind === 15) continue;
      const n = () => place(x + between(a, b), y);
      const e = () => place(x + 1, y + between(b, c));
      const s = () => place(x + between(d, c), y + 1);
      const w = () => place(x, y + between(a, d));
      const pairs = {
        1: [[w, n]], 2: [[n, e]], 3: [[w, e]], 4: [[e, s]], 5: [[w, n], [e, s]], 6: [[n, s]],
        7: [[w, s]], 8: [[s, w]], 9: [[n, s]], 10: [[n, e], [s, w]], 11: [[e, s]],
        12: [[w, e]], 13: [[n, e]], 14: [[w, n]],
      }[kind];
      for (const [from, to] of pairs) segments.push([...from(), ...to()]);
    }
  }
  return segments;
}

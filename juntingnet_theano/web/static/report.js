// Figures to keep: the picture with its heat, and all models on one page. Each
// says which model made it.

import { draw } from './stage.js';
import { share, table } from './maps.js';

const PAPER = '#fbf9f6';
const INK = '#241f1b';
const SOFT = '#6b625a';
const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

function blob(canvas) {
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export async function overlay(shown) {
  const inner = document.createElement('canvas');
  draw(inner, shown);
  const unit = Math.max(12, Math.round(inner.width / 60));
  const canvas = document.createElement('canvas');
  canvas.width = inner.width;
  canvas.height = inner.height + 2.4 * unit;
  const context = canvas.getContext('2d');
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(inner, 0, 0);
  context.fillStyle = SOFT;
  context.font = `${unit}px ${SANS}`;
  context.textBaseline = 'middle';
  context.fillText(shown.says, 0.8 * unit, inner.height + 1.25 * unit);
  return blob(canvas);
}

// `panels`: [{title, map, says}]; `region` in shares of the sides, or null.
export async function report(name, shown, panels, region) {
  const margin = 90;
  const gap = 40;
  const { map: first } = panels[0];
  const scale = Math.min(690 / first.width, 620 / first.height);
  const size = { width: first.width * scale, height: first.height * scale };
  const width = Math.max(1200, 2 * margin + 2 * size.width + gap);
  const rows = Math.ceil((panels.length + 1) / 2);
  const row = size.height + 96;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = 260 + rows * row + 150;
  const context = canvas.getContext('2d');
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = INK;
  context.font = '600 52px Georgia, "DejaVu Serif", serif';
  context.fillText('Where will people look?', margin, 130);
  context.fillStyle = SOFT;
  context.font = `24px ${SANS}`;
  context.fillText(`${shortened(name, 60)}, ${first.full.join(' × ')} pixels, ${panels.length} models. ${new Date().toISOString().slice(0, 10)}`, margin, 176);
  const inner = document.createElement('canvas');
  [{ title: 'Picture', map: null }, ...panels].forEach(({ title, map }, index) => {
    const x = margin + (index % 2) * (size.width + gap);
    const y = 230 + Math.floor(index / 2) * row;
    draw(inner, { ...shown, map, wipe: 1, contours: map ? shown.contours : [] });
    context.drawImage(inner, x, y, size.width, size.height);
    if (region) {
      context.strokeStyle = '#fff';
      context.lineWidth = 4;
      context.strokeRect(x + region.x * size.width, y + region.y * size.height,
        region.w * size.width, region.h * size.height);
    }
    context.fillStyle = INK;
    context.font = `600 26px ${SANS}`;
    context.fillText(title, x, y + size.height + 38);
    const after = x + context.measureText(title).width + 16;
    if (region) {
      context.fillStyle = SOFT;
      context.font = `24px ${SANS}`;
      const said = map ? `${(100 * share(map, region)).toFixed(1)} % in the region`
        : `${(100 * region.w * region.h).toFixed(1)} % of the area`;
      context.fillText(said, after, y + size.height + 38);
    }
  });
  const foot = canvas.height - 100;
  const colours = table(shown.colours);
  for (let i = 0; i < 256; i++) {
    context.fillStyle = `rgb(${colours.slice(3 * i, 3 * i + 3).join(',')})`;
    context.fillRect(margin + i, foot - 30, 1.5, 16);
  }
  context.fillStyle = SOFT;
  context.font = `22px ${SANS}`;
  context.fillText('little attention to much, each map stretched to its own range', margin + 276, foot - 14);
  context.fillText(panels[0].says, margin, foot + 32);
  context.fillText('It sees 96 x 96 pixels, and leans to the centre: small faces and text escape it.', margin, foot + 66);
  return blob(canvas);
}

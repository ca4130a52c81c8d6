// Known gaze: files to fixations, fixations to their pictures, and scores.

import * as api from './api.js';
import { meant } from './files.js';

const OTHERS = 10; // pictures whose gaze AUC shuffled takes, as the benchmark does

// Give pictures their fixations. `alone`: the picture that a file of one picture
// is about, whatever it is called. Returns what was matched and what was not.
export async function match(entries, items, alone) {
  const found = { matched: [], lone: [], twins: [], broken: [] };
  for (const { file, path } of entries) {
    let pictures;
    try {
      pictures = await api.gaze(file);
    } catch (error) {
      found.broken.push(`${path}: ${error.message}`);
      continue;
    }
    for (const { name, fixations } of pictures) {
      const best = meant(name || path, items);
      if (!best.length && alone && entries.length === 1 && pictures.length === 1) best.push(alone);
      if (best.length === 1) {
        best[0].fixations = { points: fixations };
        found.matched.push(best[0]);
      } else (best.length ? found.twins : found.lone).push(name || path);
    }
  }
  return found;
}

// What a person should know of it; null where all went well with one picture.
export function said({ matched, lone, twins, broken }, items) {
  const lines = [];
  const without = items.filter((each) => !each.fixations);
  if (matched.length > 1 || (matched.length && (lone.length || twins.length || broken.length))) {
    lines.push(`Known for ${counted(matched.length, 'picture')}.`);
    if (without.length) lines.push(`Not for ${some(without.map((each) => each.name))}.`);
  }
  if (lone.length) lines.push(`No picture here is called ${some(lone)}.`);
  if (twins.length) lines.push(`Several pictures are called ${some(twins)}.`);
  lines.push(...broken.slice(0, 3));
  if (broken.length > 3) lines.push(`${broken.length - 3} more files of gaze cannot be read.`);
  return lines.length ? lines.join(' ') : null;
}

export const counted = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

function some(names, most = 3) {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more.toLocaleString('en')} more` : '');
}

const table = (points) => `x,y\n${points.map(([x, y]) => `${x},${y}`).join('\n')}`;

// Score the map of a picture; `sizeOf`: [width, height] of one whose map is there.
export async function score(item, items, options, sizeOf) {
  const [width, height] = sizeOf(item);
  const all = items.filter((each) => each.fixations && sizeOf(each));
  const at = all.indexOf(item);
  const others = [...all.slice(at + 1), ...all.slice(0, at)].slice(0, OTHERS).flatMap((each) => {
    const [w, h] = sizeOf(each);
    return each.fixations.points.map(([x, y]) => (
      [((x + 0.5) * width) / w - 0.5, ((y + 0.5) * height) / h - 0.5]));
  });
  item.fixations.scores = await api.scores(item.file, {
    fixations: table(item.fixations.points),
    ...(others.length && { others: table(others) }),
  }, options);
}

// Mean of each metric over the pictures that have a score: Map of label to number.
export function means(items) {
  const scored = items.filter((each) => each.fixations?.scores);
  const sums = new Map();
  for (const { fixations } of scored) {
    for (const { name, value } of fixations.scores.scores) {
      if (value === null) continue;
      const [sum, count] = sums.get(name) ?? [0, 0];
      sums.set(name, [sum + value, count + 1]);
    }
  }
  return { count: scored.length, of: (name) => (sums.has(name) ? sums.get(name)[0] / sums.get(name)[1] : null) };
}

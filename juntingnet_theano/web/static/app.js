// The page: pictures in, maps and what is made of them out.

import * as api from './api.js';
import { dropped, listed, sorted } from './files.js';
import * as gaze from './gaze.js';
import { colourNames, pixels, share, table } from './maps.js';
import { draw, fitted, place, regionOn } from './stage.js';
import * as theme from './theme.js';

const SIDE = 1600; // of maps that are drawn; longer ones are averaged
const MOST = 60; // pictures
const RIVALS = ['gbvs', 'itti', 'bms', 'centre'];
const TITLES = { gbvs: 'GBVS', itti: 'Itti', itti1998: 'Itti 1998', bms: 'BMS', centre: 'Centre', chance: 'Chance' };
const $ = (id) => document.getElementById(id);

const state = { items: [], current: null, known: null, model: '', views: '', comparing: '' };
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// --- pictures ---------------------------------------------------------------

async function take({ pictures, gaze: tracks, left }) {
  $('alerts').replaceChildren();
  const space = MOST - state.items.length;
  if (pictures.length > space) {
    notify('Many pictures', `The page holds ${MOST}; ${pictures.length - Math.max(0, space)} are left out.`);
  }
  const added = [];
  for (const { file, path } of pictures.slice(0, Math.max(0, space))) {
    const { bytes } = state.known.limits;
    if (file.size > bytes) {
      alertWith(file.name, `It has ${(file.size / 1e6).toFixed(0)} MB; at most ${(bytes / 1e6).toFixed(0)} are taken.`);
      continue;
    }
    if (/\.(zip|gz|tar|7z|rar)$/i.test(file.name)) {
      alertWith(file.name, 'It is an archive: unpack it, and drop the folder.');
      continue;
    }
    const item = { file, path, name: path.split('/').at(-1), maps: new Map(), region: null };
    item.bitmap = await bitmapOf(file);
    state.items.push(item);
    added.push(item);
    predict(item);
    if (added.length === 1) show(item);
    else thumbnails();
  }
  compare();
  if (tracks.length) await takeGaze(tracks, added);
  if (left) notify('Left out', `${gaze.counted(left, 'file')} of the folder: maps, or neither picture nor gaze.`);
}

// No larger than maps are: many photographs of full size would fill the memory.
async function bitmapOf(file) {
  try {
    const whole = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const { width, height } = fitted(whole, SIDE);
    if (width === whole.width && height === whole.height) return whole;
    const small = await createImageBitmap(whole, {
      resizeWidth: width, resizeHeight: height, resizeQuality: 'high',
    });
    whole.close();
    return small;
  } catch {
    return null; // a format that the browser does not show, or no picture
  }
}

const keyOf = (model, views) => `${model}/${views}`;

function mapOf(item, model = state.model, views = state.views) {
  return item.maps.get(keyOf(model, viewsOf(model, views)));
}

const isNetwork = (model) => state.known?.models.find(({ name }) => name === model)?.kind !== 'baseline';
const viewsOf = (model, views) => (isNetwork(model) ? views : '');

// A promise of a map; asked for once.
function asked(item, model, views = state.views) {
  const seen = viewsOf(model, views);
  const key = keyOf(model, seen);
  item.under ??= new Map();
  if (!item.under.has(key)) {
    const promise = api.map(item.file, { model, views: seen, side: SIDE }).then((map) => {
      item.maps.set(key, map);
      return map;
    });
    promise.catch(() => item.under.delete(key));
    item.under.set(key, promise);
  }
  return item.under.get(key);
}

function predict(item) {
  if (item.pending) return;
  item.pending = true;
  item.asked = asked(item, state.model).then(() => {
    thumbnails();
    if (item === state.current) appear();
    else drawGrid();
    return asked(item, 'centre');
  }).then(() => { if (item === state.current) tell(); }).catch((error) => {
    if (mapOf(item)) return; // the centre alone is missing
    alertWith(item.name, error.message);
    remove(item);
  }).finally(() => { item.pending = false; });
}

function remove(item) {
  item.bitmap?.close();
  state.items = state.items.filter((each) => each !== item);
  if (item === state.current) show(state.items.at(-1) ?? null);
  else {
    thumbnails();
    compare();
  }
}

function show(item) {
  if (state.current) state.current.region = region.get();
  state.current = item;
  $('welcome').hidden = Boolean(item);
  $('work').hidden = !item;
  thumbnails();
  if (!item) return;
  region.set(item.region);
  showGaze();
  render();
  compare();
  if (!mapOf(item)) predict(item);
}

// --- the stage --------------------------------------------------------------

let fade = 1;

function shown(item = state.current) {
  return {
    bitmap: item.bitmap,
    map: mapOf(item),
    says: mapOf(item) && says(mapOf(item)),
    colours: $('colours').value,
    opacity: $('opacity').value / 100,
    wipe: $('wipe').value / 100,
    contours: [...document.querySelectorAll('[data-contour]:checked')].map((each) => Number(each.dataset.contour)).reverse(),
    fixations: item.fixations && $('gaze-show').checked ? item.fixations.points : null,
  };
}

let drawing = 0;
function render() {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(renderNow);
}

function renderNow() {
  const item = state.current;
  if (!item) return;
  const map = mapOf(item);
  const canvas = $('canvas');
  $('opacity-out').textContent = `${$('opacity').value} %`;
  $('wipe-out').textContent = `${$('wipe').value} %`;
  if (map || item.bitmap) {
    const what = shown();
    draw(canvas, { ...what, opacity: what.opacity * fade });
    $('stage').style.setProperty('--ratio', canvas.width / canvas.height);
  }
  $('looking').hidden = Boolean(map);
  canvas.setAttribute('aria-label', map
    ? `${item.name}, with heat where ${title(map.model)} expects attention: ${where(map)}`
    : `${item.name}, without its heat yet`);
  $('caption').textContent = map
    ? `${item.name} · ${map.full.join(' × ')} · ${made(map)} · version ${map.version} · ${Math.round(map.milliseconds)} ms`
    : item.name;
  tell();
  drawGrid();
}

function appear() {
  if (calm.matches) {
    renderNow();
    return;
  }
  fade = 0;
  const started = performance.now();
  const step = (now) => {
    fade = Math.min(1, Math.max(0, (now - started) / 450));
    renderNow();
    if (fade < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

// Where the maximum is, in words, for who does not see it.
function where(map) {
  let place = 0;
  map.values.forEach((value, index) => { if (value > map.values[place]) place = index; });
  const x = (place % map.width) / map.width;
  const y = Math.floor(place / map.width) / map.height;
  const across = ['left', 'centre', 'right'][Math.min(2, Math.floor(3 * x))];
  const down = ['upper', 'middle', 'lower'][Math.min(2, Math.floor(3 * y))];
  return `most at the ${down} ${across}`;
}

// Who made a map, as figures say it.
function made(map) {
  return isNetwork(map.model)
    ? `${title(map.model)}, weights ${map.model}, ${gaze.counted(map.views, 'view')}`
    : `${title(map.model)}, no weights`;
}

const says = (map) => `${made(map)}, juntingnet_theano ${map.version}`;
const title = (model) => TITLES[model] ?? (model === state.known?.default ? 'JuntingNet' : model);

function thumbnails() {
  const strip = $('strip');
  const focused = document.activeElement?.closest?.('#strip li')?.dataset.index;
  strip.replaceChildren(...state.items.map((item, index) => {
    const entry = document.createElement('li');
    entry.dataset.index = index;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'thumb';
    button.setAttribute('aria-label', `Picture ${index + 1}: ${item.name}`);
    if (item === state.current) button.setAttribute('aria-current', 'true');
    button.classList.toggle('waiting', !mapOf(item));
    button.append(thumbnail(item));
    button.addEventListener('click', () => show(item));
    const close = document.createElement('button');
    close.type = 'button';
    close.className = 'close';
    close.setAttribute('aria-label', `Remove ${item.name}`);
    close.textContent = '×';
    close.addEventListener('click', () => remove(item));
    entry.append(button, close);
    return entry;
  }));
  if (focused !== undefined) (strip.children[focused] ?? strip.lastElementChild)?.querySelector('.thumb').focus();
}

// Drawn anew only where it has changed: there may be sixty.
function thumbnail(item) {
  const map = mapOf(item);
  const colours = $('colours').value;
  const key = [map?.model, map?.views, colours, Boolean(item.bitmap)].join();
  if (item.thumbnail?.key === key) return item.thumbnail.canvas;
  const canvas = document.createElement('canvas');
  canvas.height = 120;
  canvas.width = 120;
  if (map || item.bitmap) {
    const whole = document.createElement('canvas');
    draw(whole, { bitmap: item.bitmap, map, colours, opacity: 0.6, wipe: 1 });
    canvas.width = Math.max(60, Math.min(240, Math.round((120 * whole.width) / whole.height)));
    canvas.getContext('2d').drawImage(whole, 0, 0, canvas.width, canvas.height);
  }
  item.thumbnail = { key, canvas };
  return canvas;
}

// --- the region -------------------------------------------------------------

const percent = (value) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : '–');
const region = regionOn($('stage'), $('region'), tell);

function tell() {
  const item = state.current;
  const now = region.get();
  const map = item && mapOf(item);
  $('region-result').hidden = !(now && map);
  $('region-hint').hidden = Boolean(now && map);
  if (!now || !map) return;
  const box = pixels(map, now);
  const area = ((box.right - box.left) * (box.bottom - box.top)) / (map.width * map.height);
  const mine = share(map, now);
  const centre = mapOf(item, 'centre');
  const centres = centre ? share(centre, now) : NaN;
  $('share').textContent = percent(mine);
  $('region-tag').textContent = percent(mine);
  const most = Math.max(mine, area, centres || 0);
  for (const [name, value] of [['share', mine], ['area', area], ['centre', centres]]) {
    $(`num-${name}`).textContent = name === 'centre' && !centre ? '…' : percent(value);
    $(`bar-${name}`).style.width = `${Number.isFinite(value) && most ? (100 * value) / most : 0}%`;
  }
  $('share').dataset.value = mine;
  $('says').textContent = sentence(mine, area, centres);
  const scale = [map.full[0] / map.width, map.full[1] / map.height];
  const numbers = {
    'r-x': box.left * scale[0], 'r-y': box.top * scale[1],
    'r-w': (box.right - box.left) * scale[0], 'r-h': (box.bottom - box.top) * scale[1],
  };
  for (const [id, value] of Object.entries(numbers)) {
    if (document.activeElement !== $(id)) $(id).value = Math.round(value);
  }
  for (const card of document.querySelectorAll('#grid figure')) shareOf(card);
}

function sentence(mine, area, centre) {
  if (!(area > 0)) return 'The region has no pixels.';
  const times = mine / area;
  const first = times >= 1.1 || times <= 0.9
    ? `It draws ${times.toFixed(1)} times the attention of an average place of its size.`
    : 'It draws about as much as an average place of its size.';
  if (!Number.isFinite(centre)) return first;
  const against = mine / centre;
  if (against > 1.1) return `${first} That is more than its place alone explains.`;
  if (against < 0.9) return `${first} Its place alone would make it draw more.`;
  return `${first} Its place alone explains that.`;
}

function typed() {
  const map = state.current && mapOf(state.current);
  if (!map) return;
  const [x, y, w, h] = ['r-x', 'r-y', 'r-w', 'r-h'].map((id) => $(id).valueAsNumber);
  if (![x, y, w, h].every(Number.isFinite)) return;
  region.set({ x: x / map.full[0], y: y / map.full[1], w: w / map.full[0], h: h / map.full[1] });
}

// --- side by side -----------------------------------------------------------

const rivals = () => [state.known?.default, ...RIVALS].filter(Boolean);

// What stands side by side: {item, model, name} each.
function columns() {
  if (state.comparing === 'pictures') {
    return state.items.map((item) => ({ item, model: state.model, name: item.name }));
  }
  return rivals().map((model) => ({ item: state.current, model, name: title(model) }));
}

function compare() {
  if (state.comparing === 'pictures' && state.items.length < 2) state.comparing = '';
  $('compare').hidden = !state.comparing;
  $('compare-pictures').hidden = state.items.length < 2;
  for (const [id, kind] of [['compare-button', 'models'], ['compare-pictures', 'pictures']]) {
    const open = state.comparing === kind;
    $(id).setAttribute('aria-expanded', String(open));
    $(id).textContent = open ? 'Close side by side' : `Compare ${kind}`;
  }
  if (!state.comparing || !state.current) return;
  $('compare-title').textContent = state.comparing === 'pictures' ? 'Pictures side by side' : 'Models side by side';
  $('grid').replaceChildren(...columns().map(({ item, model, name }) => {
    const figure = document.createElement('figure');
    figure.column = { item, model };
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${name}, not there yet`);
    const framed = document.createElement('div');
    framed.append(canvas, document.createElement('i'));
    const caption = document.createElement('figcaption');
    const bold = document.createElement('b');
    bold.textContent = name;
    const note = document.createElement('span');
    note.textContent = '…';
    caption.append(bold, note);
    figure.append(framed, caption);
    asked(item, model).then(drawGrid).catch((error) => { note.textContent = error.message; });
    return figure;
  }));
  drawGrid();
}

function drawGrid() {
  if (!state.comparing || !state.current) return;
  for (const figure of document.querySelectorAll('#grid figure')) {
    const { item, model } = figure.column;
    const map = mapOf(item, model);
    const canvas = figure.querySelector('canvas');
    const what = { ...shown(item), map, wipe: 1, thick: 2.5 };
    if (what.bitmap || map) draw(canvas, what);
    figure.classList.toggle('waiting', !map);
    if (map) canvas.setAttribute('aria-label', `${figure.querySelector('b').textContent}: ${where(map)}`);
    shareOf(figure);
  }
}

function shareOf(figure) {
  const { item, model } = figure.column;
  const map = mapOf(item, model);
  if (!map) return;
  const now = region.get();
  const frame = figure.querySelector('i');
  frame.hidden = !now;
  if (now) place(frame, now);
  figure.querySelector('span').textContent = now ? `${percent(share(map, now))} in the region`
    : `${Math.round(map.milliseconds)} ms`;
}

// --- known gaze -------------------------------------------------------------

// `added`: pictures that came with the files.
async function takeGaze(tracks, added) {
  if (!state.items.length) {
    alertWith('A picture first', 'Fixations belong to a picture: choose both, or the picture and then the fixations.');
    return;
  }
  const alone = added.length ? (added.length === 1 && added[0]) : state.current;
  await Promise.all(state.items.map((item) => item.asked)); // whoever is broken is gone
  if (!state.items.length) return;
  const found = await gaze.match(tracks, state.items, state.items.includes(alone) && alone);
  const text = gaze.said(found, state.items);
  if (text) (found.matched.length ? notify : alertWith)('Gaze', text);
  if (found.matched.length && !state.current.fixations) show(found.matched[0]);
  await score();
  if (!text) $('gaze-result').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth', block: 'nearest' });
}

// Scores of all pictures whose gaze is known, by the model shown.
async function score() {
  const known = state.items.filter((each) => each.fixations);
  for (const item of known) item.fixations.scores = null;
  showGaze();
  render();
  const options = { model: state.model, views: viewsOf(state.model, state.views) };
  await Promise.all(known.map(async (item) => {
    try {
      await gaze.score(item, state.items, options, (each) => mapOf(each, 'centre')?.full ?? mapOf(each)?.full);
    } catch (error) {
      item.fixations = null;
      alertWith(item.name, error.message);
    }
    showGaze();
    render();
  }));
}

function showGaze() {
  const found = state.current?.fixations;
  $('gaze-result').hidden = !found;
  if (!found) return;
  const { scores } = found;
  $('gaze-count').textContent = scores
    ? gaze.counted(scores.fixations, 'fixation') + (scores.outside ? `, ${scores.outside} outside left out` : '')
    : `${gaze.counted(found.points.length, 'fixation')}, being scored …`;
  const mean = gaze.means(state.items);
  $('scores-head').hidden = mean.count < 2;
  $('scores-mean').textContent = `Mean of ${mean.count}`;
  const number = (value) => {
    const cell = document.createElement('td');
    cell.textContent = value === null ? '–' : value.toFixed(3);
    return cell;
  };
  $('scores').replaceChildren(...(scores?.scores ?? []).map(({ name, label, value }) => {
    const row = document.createElement('tr');
    const head = document.createElement('th');
    head.scope = 'row';
    head.textContent = label;
    row.append(head, number(value));
    if (mean.count > 1) row.append(number(mean.of(name)));
    return row;
  }));
}

// --- downloads --------------------------------------------------------------

function stem(item) {
  return item.name.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '-') || 'picture';
}

async function save(kind) {
  const item = state.current;
  const map = item && await asked(item, state.model);
  if (!map) return;
  const suffix = { png: '.png', png16: '-16bit.png', npy: '.npy', overlay: '-heat.png', report: '-report.png' }[kind];
  let blob;
  if (kind === 'overlay') blob = await (await import('./report.js')).overlay(shown());
  else if (kind === 'report') blob = await reported(item);
  else ({ blob } = await api.predicted(item.file, { model: state.model, views: viewsOf(state.model, state.views), form: kind }));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${stem(item)}-${map.model}${suffix}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function reported(item) {
  const panels = await Promise.all(rivals().map(async (model) => {
    const map = await asked(item, model);
    return { title: title(model), map, says: says(map) };
  }));
  return (await import('./report.js')).report(item.name, shown(), panels, region.get());
}

// --- around it --------------------------------------------------------------

const MESSAGES = 3;

function alertWith(what, text, kind = 'error') {
  const line = document.createElement('p');
  line.className = kind;
  const said = document.createElement('span');
  const name = document.createElement('strong');
  name.textContent = what;
  said.append(name, ` ${text}`);
  const close = document.createElement('button');
  close.type = 'button';
  close.setAttribute('aria-label', 'Close this message');
  close.textContent = '×';
  close.addEventListener('click', () => line.remove());
  line.append(said, close);
  $('alerts').append(line);
  while ($('alerts').children.length > MESSAGES) $('alerts').firstChild.remove();
}

const notify = (what, text) => alertWith(what, text, 'note');

function legend() {
  const context = $('legend').getContext('2d');
  const image = context.createImageData(256, 1);
  const colours = table($('colours').value);
  for (let i = 0; i < 256; i++) image.data.set([...colours.slice(3 * i, 3 * i + 3), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

async function again() {
  const item = state.current;
  if (!item) return;
  render();
  try {
    await asked(item, state.model);
    for (const each of state.items) if (each !== item) asked(each, state.model).then(thumbnails, () => {});
  } catch (error) {
    alertWith(item.name, error.message);
  }
  thumbnails();
  render();
  compare();
  await score();
}

function chooseViews() {
  const network = isNetwork(state.model);
  $('views').disabled = !network;
}

function wait(text, kind) {
  $('state-text').textContent = text;
  $('state').dataset.kind = kind;
}

function token() {
  return new Promise((resolve) => {
    const dialog = $('token-dialog');
    if (!dialog.open) dialog.showModal();
    dialog.addEventListener('close', () => resolve($('token').value), { once: true });
  });
}

async function begin() {
  $('theme').value = theme.chosen();
  $('theme').addEventListener('change', () => theme.choose($('theme').value));
  $('whereto').textContent = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname) ? 'this machine' : location.hostname;
  for (const name of colourNames) $('colours').add(new Option(name));
  legend();
  listen();
  api.whenAsked(token);
  for (let tries = 0; !(await api.ready()); tries++) {
    wait(tries > 120 ? 'The network does not start' : 'Warming up', 'waiting');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await learn();
}

async function learn() {
  state.known = await api.models();
  state.model = state.known.default;
  for (const { name, about } of state.known.models) {
    const option = new Option(title(name), name);
    option.title = about;
    $('model').add(option);
  }
  $('model').value = state.model;
  $('views').add(new Option(`${state.known.default_views} (default)`, ''));
  for (const views of [1, 2, 12]) if (views !== state.known.default_views) $('views').add(new Option(String(views), String(views)));
  $('version').textContent = `juntingnet_theano ${state.known.version}.`;
  wait('Ready', 'ready');
}

const known = () => new Promise((resolve) => {
  const look = () => (state.known ? resolve() : setTimeout(look, 50));
  look();
});

async function taken(entries) {
  if (!entries.length) return;
  await known(); // of models; the network may be warming up
  await take(sorted(entries));
}

function listen() {
  for (const id of ['choose', 'photograph', 'folder', 'gaze-file']) {
    $(id).addEventListener('change', async () => {
      const entries = listed($(id).files);
      $(id).value = '';
      await taken(entries);
    });
  }
  for (const button of document.querySelectorAll('[data-opens]')) {
    button.addEventListener('click', () => $(button.dataset.opens).click());
  }
  for (const button of document.querySelectorAll('[data-sample]')) {
    button.addEventListener('click', async () => {
      const name = `${button.dataset.sample}.jpg`;
      const answer = await fetch(`static/pictures/${name}`);
      await taken(listed([new File([await answer.blob()], name, { type: 'image/jpeg' })]));
    });
  }
  addEventListener('paste', (event) => taken(listed(event.clipboardData?.files ?? [])));
  let depth = 0;
  const veil = (delta) => {
    depth = Math.max(0, depth + delta);
    $('veil').hidden = depth === 0;
  };
  addEventListener('dragenter', (event) => {
    if (event.dataTransfer?.types.includes('Files')) veil(1);
  });
  addEventListener('dragleave', () => veil(-1));
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', async (event) => {
    event.preventDefault();
    veil(-depth);
    if (event.dataTransfer) await taken(await dropped(event.dataTransfer));
  });
  for (const id of ['opacity', 'wipe', 'gaze-show']) $(id).addEventListener('input', render);
  for (const box of document.querySelectorAll('[data-contour]')) box.addEventListener('change', render);
  $('colours').addEventListener('change', () => {
    legend();
    thumbnails();
    render();
  });
  $('model').addEventListener('change', () => {
    state.model = $('model').value;
    chooseViews();
    again();
  });
  $('views').addEventListener('change', () => {
    state.views = $('views').value;
    again();
  });
  for (const [id, kind] of [['compare-button', 'models'], ['compare-pictures', 'pictures']]) {
    $(id).addEventListener('click', () => {
      state.comparing = state.comparing === kind ? '' : kind;
      compare();
      if (state.comparing) $('compare').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth', block: 'nearest' });
    });
  }
  $('region-add').addEventListener('click', () => {
    region.set({ x: 0.35, y: 0.35, w: 0.3, h: 0.3 });
    $('region').focus();
  });
  $('region-clear').addEventListener('click', () => region.set(null));
  for (const id of ['r-x', 'r-y', 'r-w', 'r-h']) $(id).addEventListener('input', typed);
  for (const button of document.querySelectorAll('[data-save]')) {
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        await save(button.dataset.save);
      } catch (error) {
        alertWith('Download', error.message);
      }
      button.disabled = false;
    });
  }
}

begin().catch((error) => {
  wait('Not there', 'broken');
  alertWith('The page could not start.', error.message);
});

// The page: pictures in, maps and what is made of them out.

import * as api from './api.js';
import { colourNames, pixels, share, table } from './maps.js';
import { draw, regionOn } from './stage.js';
import * as theme from './theme.js';

const SIDE = 1600; // of maps that are drawn; longer ones are averaged
const RIVALS = ['gbvs', 'itti', 'bms', 'centre'];
const TITLES = { gbvs: 'GBVS', itti: 'Itti', itti1998: 'Itti 1998', bms: 'BMS', centre: 'Centre', chance: 'Chance' };
const $ = (id) => document.getElementById(id);

const state = { items: [], current: null, known: null, model: '', views: '', comparing: false };
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// --- pictures ---------------------------------------------------------------

async function take(files) {
  const tables = files.filter(isTable);
  const pictures = files.filter((file) => !isTable(file));
  let first = null;
  for (const file of pictures) {
    if (file.size > state.known.limits.bytes) {
      alertWith(file.name, `It has ${(file.size / 1e6).toFixed(0)} MB; at most ${(state.known.limits.bytes / 1e6).toFixed(0)} are taken.`);
      continue;
    }
    const item = { file, name: file.name || 'pasted picture', maps: new Map(), region: null };
    item.bitmap = await bitmapOf(file);
    state.items.push(item);
    first ??= item;
    predict(item);
  }
  if (first) show(first);
  if (tables.length && (first ?? state.current)) {
    if (first) await first.asked;
    takeGaze(tables[0]);
  } else if (tables.length) alertWith('A picture first', 'Fixations belong to a picture: choose it, then the CSV file.');
}

const isTable = (file) => /\.(csv|txt)$/i.test(file.name) || file.type === 'text/csv';

async function bitmapOf(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
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
  item.asked = asked(item, state.model).then(() => {
    thumbnails();
    if (item === state.current) appear();
    return asked(item, 'centre');
  }).then(() => { if (item === state.current) tell(); }).catch((error) => {
    if (mapOf(item)) return; // the centre alone is missing
    alertWith(item.name, error.message);
    remove(item);
  });
}

function remove(item) {
  item.bitmap?.close();
  state.items = state.items.filter((each) => each !== item);
  if (item === state.current) show(state.items.at(-1) ?? null);
  else thumbnails();
}

function show(item) {
  if (state.current) state.current.region = region.get();
  state.current = item;
  $('welcome').hidden = Boolean(item);
  $('work').hidden = !item;
  thumbnails();
  if (!item) return;
  region.set(item.region);
  gaze();
  render();
  compare();
  if (!mapOf(item)) predict(item);
}

// --- the stage --------------------------------------------------------------

let fade = 1;

function shown() {
  const item = state.current;
  return {
    bitmap: item.bitmap,
    map: mapOf(item),
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
    ? `${item.name} · ${map.full.join(' × ')} · ${title(map.model)}, ${map.views} view${map.views > 1 ? 's' : ''} · version ${map.version} · ${Math.round(map.milliseconds)} ms`
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
    const canvas = document.createElement('canvas');
    const map = mapOf(item);
    if (map || item.bitmap) {
      const whole = document.createElement('canvas');
      draw(whole, { bitmap: item.bitmap, map, colours: $('colours').value, opacity: 0.6, wipe: 1 });
      canvas.height = 120;
      canvas.width = Math.max(40, Math.min(240, Math.round((120 * whole.width) / whole.height)));
      canvas.getContext('2d').drawImage(whole, 0, 0, canvas.width, canvas.height);
    }
    button.append(canvas);
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
  if (focused !== undefined) strip.children[focused]?.querySelector('.thumb').focus();
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
    $(`num-${name}`).textContent = percent(value);
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

function compare() {
  const item = state.current;
  $('compare').hidden = !state.comparing;
  $('compare-button').setAttribute('aria-expanded', String(state.comparing));
  $('compare-button').textContent = state.comparing ? 'Close side by side' : 'Compare side by side';
  if (!state.comparing || !item) return;
  $('grid').replaceChildren(...rivals().map((model) => {
    const figure = document.createElement('figure');
    figure.dataset.model = model;
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${title(model)}, not there yet`);
    const caption = document.createElement('figcaption');
    const name = document.createElement('b');
    name.textContent = title(model);
    caption.append(name, document.createElement('span'));
    figure.append(canvas, caption);
    asked(item, model).then(drawGrid).catch((error) => {
      caption.lastChild.textContent = error.message;
    });
    return figure;
  }));
  drawGrid();
}

function drawGrid() {
  if (!state.comparing || !state.current) return;
  for (const figure of document.querySelectorAll('#grid figure')) {
    const map = mapOf(state.current, figure.dataset.model);
    const canvas = figure.querySelector('canvas');
    const what = { ...shown(), map, wipe: 1, thick: 2.5 };
    if (what.bitmap || map) draw(canvas, what);
    figure.classList.toggle('waiting', !map);
    if (map) canvas.setAttribute('aria-label', `${title(map.model)}: ${where(map)}`);
    shareOf(figure);
  }
}

function shareOf(figure) {
  const map = mapOf(state.current, figure.dataset.model);
  if (!map) return;
  const now = region.get();
  figure.querySelector('span').textContent = now ? `${percent(share(map, now))} in the region`
    : `${Math.round(map.milliseconds)} ms`;
}

// --- known gaze -------------------------------------------------------------

async function takeGaze(file) {
  const item = state.current;
  const text = await file.text();
  try {
    item.fixations = { text, points: points(text) };
    await score(item);
  } catch (error) {
    item.fixations = null;
    alertWith(file.name, error.message);
  }
  if (item === state.current) {
    gaze();
    render();
  }
}

async function score(item) {
  item.fixations.scores = await api.scores(item.file, item.fixations.text,
    { model: state.model, views: viewsOf(state.model, state.views) });
}

function points(text) {
  const rows = text.trim().split(/\r?\n/).map((line) => line.split(/[,;\t]/).map((each) => each.trim()));
  const names = rows[0].map((each) => each.toLowerCase());
  const named = names.includes('x') && names.includes('y');
  const [i, j] = named ? [names.indexOf('x'), names.indexOf('y')] : [0, 1];
  return rows.slice(named ? 1 : 0).map((row) => [Number(row[i]), Number(row[j])]);
}

function gaze() {
  const found = state.current?.fixations;
  $('gaze-result').hidden = !found?.scores;
  if (!found?.scores) return;
  $('gaze-count').textContent = `${found.scores.fixations} fixations`;
  $('scores').replaceChildren(...found.scores.scores.map(({ label, value }) => {
    const row = document.createElement('tr');
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = label;
    const number = document.createElement('td');
    number.textContent = value === null ? '–' : value.toFixed(3);
    row.append(name, number);
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
  const panels = await Promise.all(rivals().map(async (model) => (
    { title: title(model), map: await asked(item, model) })));
  return (await import('./report.js')).report(shown(), panels, region.get());
}

// --- around it --------------------------------------------------------------

function alertWith(what, text) {
  const line = document.createElement('p');
  const name = document.createElement('strong');
  name.textContent = what;
  const close = document.createElement('button');
  close.type = 'button';
  close.setAttribute('aria-label', 'Close this message');
  close.textContent = '×';
  close.addEventListener('click', () => line.remove());
  line.append(name, ` ${text} `, close);
  $('alerts').replaceChildren(line);
}

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
    if (item.fixations) await score(item);
  } catch (error) {
    alertWith(item.name, error.message);
  }
  if (item === state.current) {
    gaze();
    thumbnails();
    render();
    compare();
  }
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

async function taken(files) {
  if (!files.length) return;
  await known(); // of models; the network may be warming up
  await take([...files]);
}

function listen() {
  for (const id of ['choose', 'photograph']) {
    $(id).addEventListener('change', async () => {
      const files = [...$(id).files];
      $(id).value = '';
      await taken(files);
    });
  }
  $('gaze-file').addEventListener('change', async () => {
    const [file] = $('gaze-file').files;
    $('gaze-file').value = '';
    if (file && state.current) await takeGaze(file);
  });
  for (const button of document.querySelectorAll('[data-opens]')) {
    button.addEventListener('click', () => $(button.dataset.opens).click());
  }
  for (const button of document.querySelectorAll('[data-sample]')) {
    button.addEventListener('click', async () => {
      const name = `${button.dataset.sample}.jpg`;
      const answer = await fetch(`static/pictures/${name}`);
      await taken([new File([await answer.blob()], name, { type: 'image/jpeg' })]);
    });
  }
  addEventListener('paste', (event) => taken(event.clipboardData?.files ?? []));
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
  addEventListener('drop', (event) => {
    event.preventDefault();
    veil(-depth);
    taken(event.dataTransfer?.files ?? []);
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
  $('compare-button').addEventListener('click', () => {
    state.comparing = !state.comparing;
    compare();
    if (state.comparing) $('compare').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth', block: 'nearest' });
  });
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

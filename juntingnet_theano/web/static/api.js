// The service, as the page asks it.

let token = '';
try {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  token = given || sessionStorage.getItem('token') || '';
  if (given) {
    sessionStorage.setItem('token', given);
    history.replaceState(null, '', location.pathname);
  }
} catch { /* a browser that keeps nothing: it is asked for */ }

export function useToken(text) {
  token = text.trim();
  try {
    sessionStorage.setItem('token', token);
  } catch { /* for this page alone, then */ }
}

export class Refused extends Error {
  constructor(status, about) {
    const got = about.got.replace(/^the (picture|fixations)(: |, )/, '');
    super([got, about.expected && `Expected: ${about.expected}`, about.next]
      .filter(Boolean).map((text) => `${text[0].toUpperCase()}${text.slice(1)}.`).join(' '));
    this.status = status;
  }
}

let ask = null; // gives a promise of a token
export function whenAsked(function_) { ask = function_; }

async function request(path, options = {}, tries = 4) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, cache: 'no-store' });
  } catch {
    throw new Refused(0, { got: 'The service does not answer', next: 'Is it still running?' });
  }
  if (answer.ok) return answer;
  if (answer.status === 401 && ask && tries) {
    useToken(await ask());
    return request(path, options, tries - 1);
  }
  if (answer.status === 503 && tries) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return request(path, options, tries - 1);
  }
  let about = { got: `The service answered ${answer.status}` };
  try {
    about = (await answer.json()).error;
  } catch { /* not ours, then */ }
  throw new Refused(answer.status, about);
}

function asked(options) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) if (value) query.set(name, value);
  return query;
}

export const models = async () => (await request('models')).json();

export async function ready() {
  try {
    return (await fetch('health', { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

function form(file, tables = {}) {
  const body = new FormData();
  body.append('file', file, 'file'); // its name is nobody's business
  for (const [name, text] of Object.entries(tables)) body.append(name, new Blob([text]), name);
  return body;
}

// A file of a map in some form, as a blob.
export async function predicted(file, options) {
  const answer = await request(`predict?${asked(options)}`, { method: 'POST', body: form(file) });
  return { blob: await answer.blob(), headers: answer.headers };
}

// A map to draw and count with: {width, height, values, full: [w, h], ...}.
export async function map(file, options) {
  const started = performance.now();
  const { blob, headers } = await predicted(file, { ...options, form: 'npy' });
  const found = npy(await blob.arrayBuffer());
  return {
    ...found,
    full: headers.get('x-size').split('x').map(Number),
    model: headers.get('x-model'),
    views: Number(headers.get('x-views')),
    version: headers.get('x-version'),
    milliseconds: performance.now() - started,
  };
}

// `tables`: text of the fields fixations and, where it is known, others.
export async function scores(file, tables, options) {
  return (await request(`score?${asked(options)}`, { method: 'POST', body: form(file, tables) }))
    .json();
}

// [{name, width, height, fixations: [[x, y], ...]}]
export async function gaze(file) {
  return (await (await request('gaze', { method: 'POST', body: form(file) })).json()).pictures;
}

// NumPy's format 1.0, of float32.
function npy(buffer) {
  const length = new DataView(buffer).getUint16(8, true);
  const head = new TextDecoder().decode(new Uint8Array(buffer, 10, length));
  const [, height, width] = head.match(/'shape': \((\d+), (\d+)\)/).map(Number);
  return { width, height, values: new Float32Array(buffer, 10 + length, width * height) };
}

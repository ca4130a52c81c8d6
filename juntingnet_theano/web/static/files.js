// What people drop and choose: pictures, files of gaze, and folders of both.

const PICTURE = /\.(jpe?g|png|gif|webp|bmp|tiff?|avif|hei[cf]|p[pgn]m)$/i;
const GAZE = /\.(csv|tsv|txt|mat)$/i;
const IMAGES = /(^|\/)(images?|pictures|stimuli)\//i;
const MAPS = /(^|\/)(maps|saliency|fixation_?maps)\//i;

const isGaze = ({ file }) => GAZE.test(file.name) || file.type === 'text/csv';
const isPicture = ({ file }) => PICTURE.test(file.name) || file.type.startsWith('image/');

// Entries {file, path}: a path has the folders that were chosen with the file.
export function listed(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name || 'pasted picture' }));
}

// The same of what was dropped. Called while the event lasts.
export async function dropped(transfer) {
  const roots = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!roots.some((root) => root.isDirectory)) return listed(transfer.files);
  return (await Promise.all(roots.map((root) => walked(root, '')))).flat();
}

async function walked(entry, folder) {
  const path = folder + entry.name;
  if (entry.isFile) {
    return [{ file: await new Promise((resolve, reject) => { entry.file(resolve, reject); }), path }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader gives a hundred at a time
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) return found;
    found.push(...(await Promise.all(some.map((each) => walked(each, `${path}/`)))).flat());
  }
}

// {pictures, gaze, left}. A data set's folder holds maps beside its pictures.
export function sorted(entries) {
  const gaze = entries.filter(isGaze);
  const others = entries.filter((each) => !isGaze(each));
  if (!entries.some(({ path }) => path.includes('/'))) return { pictures: others, gaze, left: 0 };
  const seen = (each) => !each.path.split('/').some((part) => part.startsWith('.'));
  let pictures = others.filter((each) => isPicture(each) && seen(each));
  const apart = pictures.filter(({ path }) => IMAGES.test(path));
  pictures = apart.length ? apart : pictures.filter(({ path }) => !MAPS.test(path));
  pictures.sort((a, b) => (a.path < b.path ? -1 : 1));
  // A text may be anything; one of gaze is called as its picture.
  const tracks = gaze.filter((each) => seen(each) && !MAPS.test(each.path)
    && (!/\.txt$/i.test(each.path) || meant(each.path, pictures).length));
  return { pictures, gaze: tracks, left: entries.length - pictures.length - tracks.length };
}

function parts(path) {
  return path.normalize('NFC').toLowerCase().replace(PICTURE, '').replace(GAZE, '').split(/[\\/]/);
}

// Those of `items` that a path may mean: of its name, and with most of its folders.
export function meant(path, items) {
  const wanted = parts(path).reverse();
  let [best, most] = [[], 1];
  for (const item of items) {
    const own = parts(item.path).reverse();
    const apart = wanted.findIndex((part, index) => part !== own[index]);
    const same = apart < 0 ? wanted.length : apart;
    if (same > most) [best, most] = [[], same];
    if (same === most) best.push(item);
  }
  return best;
}

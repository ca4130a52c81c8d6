// The appearance that a person chose, for every page.
export function apply(choice) {
  if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
}

export function chosen() {
  try {
    return localStorage.getItem('theme') || 'auto';
  } catch {
    return 'auto'; // where a browser keeps nothing
  }
}

export function choose(choice) {
  apply(choice);
  try {
    localStorage.setItem('theme', choice);
  } catch { /* for this page alone, then */ }
}

apply(chosen());

// Opens one page in every way that people do and reports what is wrong with it. It never changes anything.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { resolve } = createRequire(import.meta.url);
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** How a page is looked at: every pair of window and scheme, half of them without scripts. */
export const VIEWS = [
  { name: 'desktop-light', viewport: DESKTOP, colorScheme: 'light', javaScriptEnabled: true },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark', javaScriptEnabled: false },
  { name: 'phone-light', viewport: PHONE, colorScheme: 'light', javaScriptEnabled: false },
  { name: 'phone-dark', viewport: PHONE, colorScheme: 'dark', javaScriptEnabled: true },
  { name: 'forced-colors', viewport: DESKTOP, colorScheme: 'dark', forcedColors: 'active', javaScriptEnabled: false },
  { name: 'print', viewport: { width: 760, height: 1075 }, colorScheme: 'dark', javaScriptEnabled: false, media: 'print' },
];

/** The views that axe sees: between them both schemes and both widths. */
export const AXE_VIEWS = VIEWS.filter(({ name }) => name === 'desktop-light' || name === 'phone-dark');

/**
 * Opens `url` in `view` and answers the problems found, one line each: errors on the console (among them every breach
 * of the Content-Security-Policy), failed requests, a page that scrolls sideways, and a broken outline. A screenshot
 * goes to `shot` if that is a path.
 */
export async function look(browser, url, view, shot) {
  const page = await newPage(browser, view.name, view);
  const problems = listen(page);
  try {
    await page.goto(url, { waitUntil: 'load' });
    if (view.media) await page.emulateMedia({ media: view.media });
    problems.push(...(await page.evaluate(outline)));
    if (shot) await page.screenshot({ path: shot, fullPage: true });
    if (!view.media) problems.push(...(await skipLink(page)));
  } finally {
    await page.close();
  }
  return problems.map((problem) => `${view.name}: ${problem}`);
}

/**
 * Runs axe on `url` in `view` and answers its violations, one line each. The context ignores the page's
 * Content-Security-Policy, because that rightly refuses a foreign script.
 */
export async function axe(browser, url, view) {
  const page = await newPage(browser, `axe ${view.name}`, { ...view, javaScriptEnabled: true, bypassCSP: true });
  try {
    await page.goto(url, { waitUntil: 'load' });
    await page.addScriptTag({ path: resolve('axe-core/axe.min.js') });
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${view.name}: axe ${id}: ${help} (${target.join(' ')}): ${failureSummary.replace(/\s+/g, ' ')}`),
    );
  } finally {
    await page.close();
  }
}

const contexts = new WeakMap();

/** A page in the browser's context of that name, which is made once: a walk opens hundreds of pages in a few views. */
async function newPage(browser, name, { name: _, media: __, ...settings }) {
  if (!contexts.has(browser)) contexts.set(browser, new Map());
  const known = contexts.get(browser);
  if (!known.has(name)) known.set(name, await browser.newContext({ reducedMotion: 'reduce', ...settings }));
  return known.get(name).newPage();
}

/** The file for a screenshot below CANDOR_E2E_SHOTS, or undefined when nobody asked for one. */
export function shotPath(face, url, view) {
  const folder = process.env.CANDOR_E2E_SHOTS;
  if (!folder) return undefined;
  mkdirSync(folder, { recursive: true });
  const { pathname, search } = new URL(url);
  const page = `${pathname}${search}`.replace(/\.html$/, '').replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'index';
  return join(folder, `${face}-${page}-${view.name}.png`);
}

function listen(page) {
  const problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`request failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return problems;
}

/** Runs in the page: what every page must have, whatever it shows. */
function outline() {
  const problems = [];
  const root = document.documentElement;
  const beyond = root.scrollWidth - root.clientWidth;
  if (beyond > 0) {
    const widest = [...document.body.querySelectorAll('*')].find((e) => e.getBoundingClientRect().right > root.clientWidth + 0.5);
    problems.push(`scrolls sideways by ${beyond} px, first at <${widest?.tagName.toLowerCase()} class="${widest?.getAttribute('class')}">`);
  }
  if (document.querySelectorAll('h1').length !== 1) problems.push(`has ${document.querySelectorAll('h1').length} <h1>, not one`);
  if (document.querySelectorAll('main').length !== 1) problems.push('has no single <main>');
  if (!document.title.trim()) problems.push('has no title');
  if (!root.lang) problems.push('does not name its language');
  if (document.querySelector('[style], style, script:not([src])')) problems.push('has an inline style or script');
  if (getComputedStyle(document.body).fontFamily.startsWith('Times')) problems.push('has no stylesheet');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice) problems.push(`uses the id ${twice} twice`);
  return problems;
}

/** The first Tab must show a link that leads past the navigation. */
async function skipLink(page) {
  await page.keyboard.press('Tab');
  return page.evaluate(() => {
    const first = document.activeElement;
    const target = first?.getAttribute('href') ?? '';
    if (!target.startsWith('#') || !document.getElementById(target.slice(1))) return ['the first Tab does not reach a skip link'];
    return first.getBoundingClientRect().top >= 0 ? [] : ['the skip link stays hidden when it has the focus'];
  });
}

// The environmental calculator, live: the scores of a CVSS 3.1 or 4.0 vector, and the page that shows them.
//
// It computes what `candor serve` answers to the same form, in the same words; a test compares the two for every vector of the test data.
// It asks nobody and sends nothing: the choices are kept behind the # of the address. Scores are counted in tenths.

// ---- CVSS 3.1, specification section 7 -------------------------------------------------------------------------------------------------

const WEIGHTS = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  PR: { N: 0.85, L: 0.62, H: 0.27 },
  PR_CHANGED: { N: 0.85, L: 0.68, H: 0.5 },
  UI: { N: 0.85, R: 0.62 },
  LOSS: { H: 0.56, L: 0.22, N: 0 },
  E: { X: 1, H: 1, F: 0.97, P: 0.94, U: 0.91 },
  RL: { X: 1, U: 1, W: 0.97, T: 0.96, O: 0.95 },
  RC: { X: 1, C: 1, R: 0.96, U: 0.92 },
  REQUIREMENT: { X: 1, H: 1.5, M: 1, L: 0.5 },
};

/** `Roundup` of appendix A, to tenths: first to five decimals, which removes what binary fractions add. */
function roundUp(score) {
  const decimals = Math.round(score * 100000);
  return Math.ceil(decimals / 10000);
}

/** Impact, exploitability and their score; `of` answers the value of a metric by its base name. */
function part3(of, requirements, modified) {
  const changed = of('S') === 'C';
  const left = ['C', 'I', 'A'].map((name, at) => 1 - WEIGHTS.LOSS[of(name)] * requirements[at]);
  const lost = 1 - left[0] * left[1] * left[2];
  const base = modified ? Math.min(lost, 0.915) : lost;
  const power = modified ? (base * 0.9731 - 0.02) ** 13 : (base - 0.02) ** 15;
  const impact = changed ? 7.52 * (base - 0.029) - 3.25 * power : 6.42 * base;
  const rights = changed ? WEIGHTS.PR_CHANGED : WEIGHTS.PR;
  const exploitability = 8.22 * WEIGHTS.AV[of('AV')] * WEIGHTS.AC[of('AC')] * rights[of('PR')] * WEIGHTS.UI[of('UI')];
  const none = base < 1e-9;
  const sum = (changed ? 1.08 : 1) * (impact + exploitability);
  return { impact: none ? 0 : impact, exploitability, score: none ? 0 : roundUp(Math.min(sum, 10)) };
}

function scores3(metrics) {
  const of = (name) => metrics[name] ?? 'X';
  const effective = (name) => (of(`M${name}`) === 'X' ? of(name) : of(`M${name}`));
  const time = WEIGHTS.E[of('E')] * WEIGHTS.RL[of('RL')] * WEIGHTS.RC[of('RC')];
  const base = part3(of, [1, 1, 1], false);
  const here = part3(effective, ['CR', 'IR', 'AR'].map((name) => WEIGHTS.REQUIREMENT[of(name)]), true);
  const temporal = defines(metrics, TEMPORAL) ? roundUp((base.score / 10) * time) : undefined;
  const stated = defines(metrics, ENVIRONMENTAL_3);
  const environmental = stated ? roundUp((here.score / 10) * time) : undefined;
  const parts = [part('impact', base.impact), part('exploitability', base.exploitability)];
  if (stated) {
    parts.push(part('impact in your environment', here.impact), part('exploitability in your environment', here.exploitability));
  }
  return { base: base.score, temporal, environmental, overall: environmental ?? temporal ?? base.score, parts };
}

/** A sub-score with one decimal. */
function part(name, value) {
  const thousandths = Math.round(Math.max(value, 0) * 1000);
  return `${name} ${figure(Math.floor((thousandths + 50) / 100))}`;
}

// ---- CVSS 4.0, specification section 8 -------------------------------------------------------------------------------------------------

/** Severity of each value, from the worst. */
const SEVERITY = {
  AV: 'NALP', PR: 'NLH', UI: 'NPA', AC: 'LH', AT: 'NP', VC: 'HLN', VI: 'HLN', VA: 'HLN',
  SC: 'SHLN', SI: 'SHLN', SA: 'SHLN', CR: 'HML', IR: 'HML', AR: 'HML', E: 'APU',
};

/** Scores of the macrovectors in tenths: EQ1, EQ2, then EQ3 with EQ6 (00, 01, 10, 11, 21), EQ4, EQ5. */
const LOOKUP = `
  100 98 95 100 93 91 93 89 81  99 95 92 96 87 81 90 80 68  98 95 90 93 89 81 88 78 69  95 92 84 92 81 65 80 70 48  92 82 72 79 69 50 69 55 27
  99 95 92 95 90 84 92 82 72  97 92 85 91 83 71 81 71 53  95 92 85 92 80 70 84 71 50  93 85 73 82 72 59 70 52 30  86 75 52 71 52 29 63 29 17
  98 94 91 94 86 77 87 74 63  95 87 81 89 74 64 75 63 49  94 88 76 86 74 59 72 57 52  89 77 67 76 58 50 57 52 25  83 70 54 65 58 26 53 21 13
  95 88 76 90 75 61 77 68 52  90 76 70 77 62 53 66 59 30  89 76 62 74 57 47 61 57 24  78 67 58 59 57 23 52 29 16  71 59 30 58 26 15 23 13 6
  93 86 75 86 74 56 70 52 40  87 72 58 74 61 34 54 40 22  85 74 62 72 55 46 53 34 19  75 55 51 57 41 19 36 19 8  64 51 20 47 21 11 24 9 4
  88 73 60 73 59 41 54 45 20  75 53 50 55 40 20 43 22 11  75 58 40 61 48 20 46 17 8  55 45 21 51 18 9 18 7 2  53 24 14 24 12 5 10 3 1
`.trim().split(/\s+/).map(Number);

/** The metrics of a class, the depth of each of its levels, and the most severe vectors of each. */
const CLASSES = [
  { metrics: ['AV', 'PR', 'UI'], depth: [1, 4, 5], worst: [['000'], ['100', '010', '001'], ['300', '111']] },
  { metrics: ['AC', 'AT'], depth: [1, 2], worst: [['00'], ['10', '01']] },
  {
    metrics: ['VC', 'VI', 'VA', 'CR', 'IR', 'AR'],
    depth: [7, 6, 8, 8, 10],
    worst: [['000000'], ['001110', '000111'], ['100000', '010000'], ['101010', '100011', '010101', '011100', '110001'], ['111000']],
  },
  { metrics: ['SC', 'SI', 'SA'], depth: [6, 5, 4], worst: [['100'], ['111'], ['222']] },
];

/** All depths divide this. */
const COMMON = 840;

/** EQ3 and EQ6 of the five combinations that exist. */
const EQ3_EQ6 = ['00', '01', '10', '11', '21'];

const tenths4 = ([eq1, eq2, eq36, eq4, eq5]) => LOOKUP[(((eq1 * 2 + eq2) * 5 + eq36) * 3 + eq4) * 3 + eq5];

function levels4(at) {
  const zero = (names) => names.filter((name) => at[name] === 0).length;
  let eq1 = 1;
  if (zero(['AV', 'PR', 'UI']) === 3) eq1 = 0;
  else if (at.AV === 3 || zero(['AV', 'PR', 'UI']) === 0) eq1 = 2;
  const wanted = at.VC + at.CR === 0 || at.VI + at.IR === 0 || at.VA + at.AR === 0 ? 0 : 1;
  let eq36 = 4;
  if (at.VC === 0 && at.VI === 0) eq36 = wanted;
  else if (zero(['VC', 'VI', 'VA']) > 0) eq36 = 2 + wanted;
  let eq4 = 2;
  if (zero(['SI', 'SA']) > 0) eq4 = 0;
  else if (at.SC === 1 || at.SI === 1 || at.SA === 1) eq4 = 1;
  return [eq1, zero(['AC', 'AT']) === 2 ? 0 : 1, eq36, eq4, at.E];
}

/** How far a vector lies below the first of the most severe vectors of its class that it does not exceed. */
function distance(at, metrics, worst) {
  for (const top of worst) {
    const steps = metrics.map((name, place) => at[name] - Number(top[place]));
    if (steps.every((step) => step >= 0)) return steps.reduce((sum, step) => sum + step, 0);
  }
  return 0;
}

function score4(at) {
  const harmless = at.VC + at.VI + at.VA === 6 && at.SC + at.SI + at.SA === 9;
  if (harmless) return 0;
  const levels = levels4(at);
  const here = tenths4(levels);
  const to = (place, level) => levels.with(place, level);
  const last = [2, 1, 4, 2, 2];
  let [total, count] = [0, 0];
  levels.forEach((level, place) => {
    if (level === last[place]) return;
    let lower = to(place, place === 2 && level < 3 ? (level === 0 ? 1 : 3) : level + 1);
    // From EQ3 = 0, EQ6 = 0 two lead down; the one with the higher score counts.
    if (place === 2 && level === 0 && tenths4(to(2, 2)) > tenths4(lower)) lower = to(2, 2);
    count += 1;
    if (place === 4) return;
    const { metrics, depth, worst } = CLASSES[place];
    total += (here - tenths4(lower)) * distance(at, metrics, worst[level]) * (COMMON / depth[level]);
  });
  if (count === 0) return here;
  const unit = COMMON * count;
  return Math.min(100, Math.max(0, Math.floor((2 * (here * unit - total) + unit) / (2 * unit))));
}

function scores4(metrics) {
  const of = (name) => metrics[name] ?? 'X';
  const severity = (name, value) => (value === 'X' ? 0 : SEVERITY[name].indexOf(value));
  const at = (threat, environment) => {
    const value = (name) => (environment && of(`M${name}`) !== 'X' ? of(`M${name}`) : of(name));
    const chosen = Object.keys(SEVERITY).map((name) => {
      if (name === 'E') return [name, threat ? severity(name, of(name)) : 0];
      if (['CR', 'IR', 'AR'].includes(name)) return [name, environment ? severity(name, of(name)) : 0];
      return [name, severity(name, value(name))];
    });
    return Object.fromEntries(chosen);
  };
  const [threat, environment] = [defines(metrics, ['E']), defines(metrics, ENVIRONMENTAL_4)];
  const whole = at(true, true);
  return {
    base: score4(at(false, false)),
    temporal: threat ? score4(at(true, false)) : undefined,
    environmental: environment ? score4(at(false, true)) : undefined,
    overall: score4(whole),
    name: `CVSS-B${threat ? 'T' : ''}${environment ? 'E' : ''}`,
    parts: classes4(levels4(whole)),
  };
}

function classes4([eq1, eq2, eq36, eq4, eq5]) {
  const [eq3, eq6] = [...EQ3_EQ6[eq36]].map(Number);
  const names = ['exploitability', 'complexity', 'vulnerable system', 'subsequent systems', 'exploitation', 'security requirements'];
  const levels = [eq1, eq2, eq3, eq4, eq5, eq6];
  const word = (level, place) => (level === 0 ? 'high' : level === 1 && place !== 1 && place !== 5 ? 'medium' : 'low');
  return [`macrovector ${levels.join('')}`, ...levels.map((level, place) => `${names[place]} ${word(level, place)}`)];
}

// ---- Vectors ---------------------------------------------------------------------------------------------------------------------------

const TEMPORAL = ['E', 'RL', 'RC'];
const ENVIRONMENTAL_3 = ['CR', 'IR', 'AR', 'MAV', 'MAC', 'MPR', 'MUI', 'MS', 'MC', 'MI', 'MA'];
const ENVIRONMENTAL_4 = ['CR', 'IR', 'AR', 'MAV', 'MAC', 'MAT', 'MPR', 'MUI', 'MVC', 'MVI', 'MVA', 'MSC', 'MSI', 'MSA'];

const defines = (metrics, names) => names.some((name) => (metrics[name] ?? 'X') !== 'X');

/** The chosen values of `AV:N/AC:L/…` by metric. */
function read(text) {
  const pairs = text.split('/').map((pair) => pair.split(':'));
  return Object.fromEntries(pairs.filter(([, value]) => value));
}

/** The scores in tenths that a vector of 3.1 or 4.0 states, and the parts that they are made of. */
export function scores(vector) {
  const [, version, rest] = /^CVSS:(3\.1|4\.0)\/(.*)$/.exec(vector);
  return version === '4.0' ? scores4(read(rest)) : scores3(read(rest));
}

// ---- The page --------------------------------------------------------------------------------------------------------------------------

const figure = (tenths) => `${Math.floor(tenths / 10)}.${tenths % 10}`;

function severity(tenths) {
  const words = [[0, 'None'], [39, 'Low'], [69, 'Medium'], [89, 'High'], [100, 'Critical']];
  return words.find(([to]) => tenths <= to)[1];
}

/** Everything that the result says of `choices`, where the vendor published `published`; both by metric. */
export function outcome(page, choices) {
  const vector = (chosen) => {
    const kept = page.metrics.map(({ code }) => [code, chosen[code] ?? 'X']).filter(([, value]) => value !== 'X');
    return page.prefix + [page.base, ...kept.map((pair) => pair.join(':')), page.rest].filter(Boolean).join('/');
  };
  const found = scores(vector(choices));
  const band = (tenths) => page.bands.find(([from, to]) => from <= tenths && tenths <= to)?.[2];
  const word = (tenths) => band(tenths) ?? severity(tenths);
  const why = [];
  for (const { code, name, values } of page.metrics) {
    if (choices[code] === page.published[code]) continue;
    const without = scores(vector({ ...choices, [code]: page.published[code] })).overall;
    why.push([found.overall - without, `${name}: ${values[choices[code]]}`]);
  }
  why.sort(([a], [b]) => Math.abs(b) - Math.abs(a));
  let near;
  for (const { code, name, values } of page.metrics) {
    for (const [value, label] of Object.entries(values)) {
      const other = scores(vector({ ...choices, [code]: value })).overall;
      const far = Math.abs(other - found.overall);
      if (word(other) !== word(found.overall) && !(near && near.far <= far)) near = { far, other, text: `${name}: ${label}` };
    }
  }
  return { ...found, vector: vector(choices), band, why: why.map(moved), near: nearest(near, word) };
}

function moved([delta, what]) {
  if (delta === 0) return `${what} does not move it.`;
  return `${what} ${delta > 0 ? 'raises' : 'lowers'} it by ${figure(Math.abs(delta))}.`;
}

function nearest(near, word) {
  if (!near) return 'No single choice changes the severity.';
  return `The nearest change: with ${near.text} it is ${figure(near.other)}, ${word(near.other)}.`;
}

function start(form) {
  const metrics = [...form.querySelectorAll('fieldset[data-metric]')].map((set) => ({
    code: set.dataset.metric,
    name: set.dataset.name,
    values: Object.fromEntries([...set.querySelectorAll('input')].map((input) => [input.value, input.dataset.label])),
  }));
  const page = { ...JSON.parse(form.dataset.page), metrics };
  const result = form.querySelector('[data-result]');
  const at = (name) => result.querySelector(`[data-${name}]`);

  const sign = (into, tenths, named) => {
    const shape = document.querySelector(`template[data-sign="${named ?? severity(tenths).toLowerCase()}"]`);
    const drawn = shape.content.firstElementChild.cloneNode(true);
    drawn.lastChild.textContent = severity(tenths);
    into.replaceChildren(drawn);
  };
  const show = (name, tenths) => {
    const card = at(name);
    card.querySelector('[data-score]').textContent = tenths === undefined ? '–' : figure(tenths);
    const place = card.querySelector('[data-word]');
    if (tenths === undefined) place.replaceChildren();
    else sign(place, tenths);
  };
  const list = (name, lines) => {
    const items = lines.map((line) => Object.assign(document.createElement('li'), { textContent: line }));
    at(name).replaceChildren(...items);
  };
  const chosen = () => Object.fromEntries(metrics.map(({ code }) => [code, form.elements[code].value || 'X']));
  const changed = (choices) => metrics.filter(({ code }) => choices[code] !== page.published[code]).map(({ code }) => `${code}:${choices[code]}`);

  const update = () => {
    const choices = chosen();
    const found = outcome(page, choices);
    for (const name of ['base', 'temporal', 'environmental', 'overall']) show(name, found[name]);
    if (found.name) at('overall').querySelector('[data-name]').textContent = found.name;
    const band = at('band');
    if (band) band.textContent = found.band(found.overall) ?? 'none';
    list('why', found.why.length ? found.why : ['Nothing is chosen yet: this is what we published.']);
    at('near').textContent = found.near;
    list('parts', found.parts);
    at('vector').textContent = found.vector;
    const state = changed(choices).join('/');
    const address = `${location.pathname}?from=${page.from}${state ? `#${state}` : ''}`;
    history.replaceState(null, '', address);
    at('link').setAttribute('href', address);
  };
  const fromAddress = () => {
    const wanted = { ...page.published, ...read(decodeURIComponent(location.hash.slice(1))) };
    for (const { code, values } of metrics) if (wanted[code] in values) form.elements[code].value = wanted[code];
    update();
  };

  form.querySelector('[data-calculate]').hidden = true;
  form.addEventListener('change', update);
  form.addEventListener('submit', (event) => event.preventDefault());
  addEventListener('hashchange', fromAddress);
  if (location.hash.length > 1) fromAddress();
  else update();
}

if (typeof document !== 'undefined') {
  const form = document.querySelector('form[data-page]');
  if (form) start(form);
}

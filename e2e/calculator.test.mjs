// The calculator's script gives the scores of the crate `cvss`, for every vector of the test data and for 20,000 random ones.
//
//   CANDOR_DATA   the folder of the test data, by default ../shared beside the project
//   CI=true       what is missing fails instead of being skipped
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { skip } from './skip.mjs';

const project = join(import.meta.dirname, '..');
const data = join(process.env.CANDOR_DATA ?? join(project, '..', 'shared'), 'data', 'cvss');
const script = readFileSync(join(project, 'crates/look/script/calculator.js'));
const { scores } = await import(`data:text/javascript;base64,${script.toString('base64')}`);

const SEED = '20261122';
const COUNT = '20000';
const LARGEST_ANSWER_BYTES = 1 << 28;

function output(program, args) {
  return execFileSync(program, args, { cwd: project, encoding: 'utf8', maxBuffer: LARGEST_ANSWER_BYTES, stdio: ['ignore', 'pipe', 'ignore'] });
}

function has(program) {
  try {
    output(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}

const shown = (tenths) => (tenths === undefined ? '-' : (tenths / 10).toFixed(1));

/** Compares lines of vector and wanted texts with what `answer` makes of the vector. */
function check(lines, answer) {
  let compared = 0;
  for (const line of lines) {
    const [vector, ...wanted] = line.split('\t');
    assert.deepEqual(answer(scores(vector), wanted), wanted, vector);
    compared += 1;
  }
  return compared;
}

for (const version of ['31', '40']) {
  const file = join(data, `v${version}.tsv.xz`);
  if (!existsSync(file)) skip(`${file} (CANDOR_DATA)`);
  else if (!has('xz')) skip('xz');
  else {
    test(`every vector of the data of version ${version}`, () => {
      const lines = output('xz', ['-dc', file]).split('\n').filter((line) => line.startsWith('CVSS:'));
      // `-` stands for a group that is not defined, and is not compared.
      const known = (values, wanted) => values.map((value, at) => (wanted[at] === '-' || value === undefined ? wanted[at] : shown(value)));
      const of31 = (found, wanted) => known([found.base, found.temporal, found.environmental], wanted);
      const of40 = (found, wanted) => known([found.base, found.temporal ?? found.base, found.environmental ?? found.base, found.overall], wanted);
      const compared = check(lines, version === '31' ? of31 : of40);
      assert.ok(compared > 5000, `only ${compared} were compared`);
    });
  }
}

if (!has('cargo')) skip('cargo, which runs the crate cvss');
else {
  test(`${COUNT} random vectors`, () => {
    const lines = output('cargo', ['run', '--quiet', '--package', 'cvss', '--example', 'answers', '--', SEED, COUNT]).trimEnd().split('\n');
    const last = (part) => part.split(' ').at(-1);
    const answer = ({ base, temporal, environmental, overall, name, parts }) => {
      const made = name ? last(parts[0]) : parts.map(last).join(' ');
      return [shown(base), shown(temporal), shown(environmental), shown(overall), made];
    };
    assert.equal(check(lines, answer), Number(COUNT));
  });
}

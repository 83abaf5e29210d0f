// Asks another implementation about what was published: every CSAF document of a tree goes through Secvisogram's validator, which knows tests that the gate
// does not have.
//
//   CANDOR_E2E_TREE   the `public` folder of a data directory
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { test } from 'node:test';
import { skip } from './skip.mjs';

const tree = process.env.CANDOR_E2E_TREE;
// These ask the network, or a spelling dictionary.
const NOT_ASKED = ['informativeTest_6_3_6', 'informativeTest_6_3_7', 'informativeTest_6_3_8'];

if (!tree) skip('CANDOR_E2E_TREE (the published folder)');
else await askAll();

async function askAll() {
  const files = await readdir(tree, { recursive: true });
  const documents = files.filter((file) => /^\d{4}$/.test(file.split(sep).at(-2)) && file.includes(`${sep}csaf${sep}`) && file.endsWith('.json'));
  test('the tree has CSAF documents', () => assert.ok(documents.length > 0, tree));
  const tests = await testsByLevel();
  for (const file of documents) {
    test(`csaf-validator-lib accepts ${basename(file)}`, async () => {
      const document = JSON.parse(await readFile(join(tree, file), 'utf8'));
      assert.deepEqual(await findings(tests.binding, document), []);
      for (const told of await findings(tests.informative, document)) console.log(`  ${basename(file)}: ${told}`);
    });
  }
}

/** The validator's tests: those that must pass, with the optional ones, and those that only inform. */
async function testsByLevel() {
  const read = async (name) => Object.values(await import(`@secvisogram/csaf-validator-lib/${name}.js`));
  const binding = [...(await read('schemaTests')), ...(await read('mandatoryTests')), ...(await read('optionalTests'))];
  const informative = (await read('informativeTests')).filter(({ name }) => !NOT_ASKED.includes(name));
  assert.ok(binding.length > 55 && informative.length > 5, `${binding.length} and ${informative.length} tests`);
  return { binding, informative };
}

async function findings(tests, document) {
  const told = [];
  for (const ask of tests) {
    const { isValid, errors = [], warnings = [], infos = [] } = await ask(document);
    for (const { instancePath, message } of [...errors, ...warnings, ...infos]) told.push(`${ask.name} ${instancePath}: ${message}`);
    if (isValid === false && errors.length === 0) told.push(`${ask.name}: not valid`);
  }
  return told;
}

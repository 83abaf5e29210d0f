// Says what a test lacks. In CI nothing is skipped: there the lack is a failure.
import assert from 'node:assert/strict';
import { test } from 'node:test';

/** Registers a test that is skipped for want of `what`, or fails when CI=true. */
export function skip(what) {
  const words = `skipped: needs ${what}`;
  if (process.env.CI === 'true') {
    test(words, () => assert.fail(words));
  } else {
    console.log(words);
    test(words, { skip: words });
  }
}

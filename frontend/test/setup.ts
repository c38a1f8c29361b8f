import '@testing-library/jest-dom';

import { configure } from '@testing-library/react';
import fc from 'fast-check';

// Machines that build may be busy.
// What is hidden is asked for by name where it matters: looking for it everywhere takes seconds.
configure({ asyncUtilTimeout: 15_000, defaultHidden: true });

// The same values in every run, unless told: a red run is red again, and GINKGO_SEED looks farther.
fc.configureGlobal({ seed: Number(process.env.GINKGO_SEED ?? 1) });

// Grafana's own components place menus after a promise, outside of what React's tests see; anything else
// that React says is a fault of ours.
const quiet = [/not wrapped in act/];
const complaints: string[] = [];

beforeEach(() => {
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => {
    const text = args.map(String).join(' ');
    if (!quiet.some((known) => known.test(text))) {
      complaints.push(text);
    }
  });
});

afterEach(() => {
  const said = complaints.splice(0);
  expect(said).toEqual([]);
});

import { type Locator } from '@playwright/test';

/** Texts, right and wrong ones. None names a variable: what those hold is the dashboard's matter. */
const TEXTS = ['order', '订单 "x"', '\\', '{{strategy_id}}', '5m', '1h30m', '7', '-1', 'abc', ''];

/** Whoever uses a control waits no longer than this for it. */
const PATIENCE = { timeout: 5000 };

/** Ways to use a control; each gets the control and the dice, and tells what it did. */
type Use = (control: Locator, roll: Dice) => Promise<string>;

const press: Use = async (control) => {
  await control.click({ ...PATIENCE, force: true });
  return 'press';
};

const choose: Use = async (control, roll) => {
  await control.click(PATIENCE);
  const options = control.page().getByRole('option');
  await options
    .first()
    .waitFor(PATIENCE)
    .catch(() => undefined);
  const count = await options.count();
  if (count > 0) {
    await options.nth(roll(Math.min(count, 12))).click(PATIENCE);
  }
  if ((await control.getAttribute('aria-expanded', PATIENCE)) === 'true') {
    await control.page().keyboard.press('Escape');
  }
  return 'choose in';
};

const write: Use = async (control, roll) => {
  const text = TEXTS[roll(TEXTS.length)] ?? '';
  await control.fill(text, PATIENCE);
  await control.press('Enter', PATIENCE);
  return `write ${JSON.stringify(text)} into`;
};

/** What is folded away keeps what was written, so that it is opened again at once. */
const fold: Use = async (control) => {
  await control.click(PATIENCE);
  await control.click(PATIENCE);
  return 'fold and unfold';
};

/** The kinds of controls, and how each is used. */
const KINDS: Array<[string, Use]> = [
  ['input[type="radio"], input[type="checkbox"]', press],
  ['input[role="combobox"]:visible', choose],
  [
    'input:not([type="radio"]):not([type="checkbox"]):not([role="combobox"]):not([type="hidden"]):visible',
    write,
  ],
  ['button:visible:not([aria-expanded])', press],
  ['button[aria-expanded]:visible', fold],
  ['[role="button"]:has(> title):visible', press],
];

/** Numbers from 0 to below `sides`. */
export type Dice = (sides: number) => number;

/** A small generator of numbers that is the same everywhere. */
export function dice(seed: number): Dice {
  let state = seed * 2654435761;
  return (sides) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return Math.abs(state ^ (state >>> 13)) % sides;
  };
}

/** Uses one control in `where`, and tells what was done; "missed" where it went away before. */
export async function step(where: Locator, roll: Dice): Promise<string> {
  // Each kind of control has the same chance, however many of it there are.
  const kinds: Array<{ controls: Locator; count: number; act: Use }> = [];
  for (const [selector, act] of KINDS) {
    const controls = where.locator(selector);
    const count = await controls.count();
    if (count > 0) {
      kinds.push({ controls, count, act });
    }
  }
  const { controls, count, act } = kinds[roll(kinds.length)]!;
  const control = controls.nth(roll(count));
  try {
    const label = await control.evaluate(
      (element) =>
        (element as HTMLInputElement).labels?.[0]?.textContent ||
        element.getAttribute('aria-label') ||
        element.textContent,
      undefined,
      PATIENCE
    );
    return `${await act(control, roll)} ${label}`;
  } catch (error) {
    return `missed: ${String(error).split('\n')[0]}`;
  }
}

/** Takes random steps, and tells what was done. */
export async function wander(where: Locator, seed: number, steps: number): Promise<string[]> {
  const roll = dice(seed);
  const done: string[] = [];
  for (let count = 0; count < steps; count += 1) {
    done.push(await step(where, roll));
  }
  return done;
}

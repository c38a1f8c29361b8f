/** The packages of `stand-ins/` do what Grafana's libraries ask of those in whose place they are. */

import getDocument from 'get-document';

// Theirs, for which ours is.
const getWindow = jest.requireActual<(thing: unknown) => Window>('get-window');

it('a document and a window are found from whatever belongs to them', () => {
  const text = document.createTextNode('x');
  const element = document.body.appendChild(document.createElement('p'));
  element.appendChild(text);
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = document.getSelection();
  selection?.addRange(range);
  for (const thing of [document, window, element, text, range, selection]) {
    expect(getDocument(thing)).toBe(document);
    expect(getWindow(thing)).toBe(window);
  }
});

it('a selection of nothing belongs to no document', () => {
  document.getSelection()?.removeAllRanges();
  expect(getDocument(document.getSelection())).toBeUndefined();
});

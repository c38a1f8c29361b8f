// What a browser has and jsdom lacks, before anything is imported.
const { TextDecoder, TextEncoder } = require('node:util');

Object.assign(globalThis, { TextDecoder, TextEncoder });

class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}
Object.assign(globalThis, { ResizeObserver: Observer, IntersectionObserver: Observer });

globalThis.matchMedia = (media) => ({
  media,
  matches: false,
  addListener() {},
  removeListener() {},
  addEventListener() {},
  removeEventListener() {},
  dispatchEvent: () => false,
});

globalThis.DOMRect ??= class {
  constructor(x = 0, y = 0, width = 0, height = 0) {
    Object.assign(this, { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height });
  }
  static fromRect(other = {}) {
    return new this(other.x, other.y, other.width, other.height);
  }
};

HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: text.length * 8 }) });

// Lists of Combobox draw only what has a size.
const rect = { x: 0, y: 0, left: 0, top: 0, width: 400, height: 300, right: 400, bottom: 300 };
Element.prototype.getBoundingClientRect = () => ({ ...rect, toJSON: () => rect });
for (const [name, size] of [
  ['clientWidth', 400],
  ['clientHeight', 300],
  ['offsetWidth', 400],
  ['offsetHeight', 300],
]) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
}

// @ts-check
// Animates cards to their new positions; with reduced motion they move at once.
import { useLayoutEffect, useRef, useSignalEffect } from "../vendor/libraries.js";

/** @import { Signal } from "../types" */

const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
const GLIDE = { duration: 260, easing: "cubic-bezier(.2, .8, .2, 1)" };

/** @param {Iterable<Element>} elements @returns {Map<Element, DOMRect>} */
const places = (elements) => new Map(Array.from(elements, (element) => [element, element.getBoundingClientRect()]));

/**
 * @param {{ current: HTMLElement | null }} list
 * @param {Signal<string[]>} order whose changes move the list's children
 */
export function useMotion(list, order) {
  const before = useRef(/** @type {Map<Element, DOMRect>} */ (new Map()));
  useSignalEffect(() => {
    const isEmpty = order.value.length === 0;
    before.current = isEmpty || isCalm.matches || !list.current ? new Map() : places(list.current.children);
  });
  useLayoutEffect(() => {
    for (const [element, old] of before.current) {
      if (!element.isConnected) continue;
      const { left, top } = element.getBoundingClientRect();
      const x = old.left - left, y = old.top - top;
      if (x || y) element.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], GLIDE);
    }
    before.current = new Map();
  }, [order.value]);
}

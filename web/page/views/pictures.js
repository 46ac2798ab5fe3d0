// @ts-check
// Pictures and other stored files, each picture in the width in which it is shown.
import { html, useLayoutEffect, useRef, useSignal } from "../vendor/libraries.js";

/** The widths in which the server sends pictures. */
export const WIDTHS = [320, 480, 640, 960, 1280, 1920, 2560];

/**
 * A part of a phone's width, in percent. On its dense screen about 1.6 pixels of a picture per CSS pixel are enough for a board: more
 * look the same at that size, and take several times as long to download.
 * @param {number} share
 */
const onPhones = (share) =>
  [["and (min-resolution: 2.5dppx)", 0.48], ["and (min-resolution: 1.5dppx)", 0.8], ["", 1]]
    .map(([density, part]) => `(max-width: 40rem) ${density} ${share * Number(part)}vw`)
    .join(", ");

/** A picture alone, on a screen whose pixels can be seen: one of the larger widths, which are less compressed. @param {string} size */
const alone = (size) => `(max-resolution: 1.1dppx) max(${size}, 62rem), ${size}`;

/**
 * How wide pictures are, as `sizes` of an image: what the style sheets make of the window's width. A storyboard is printed as it was
 * loaded, so there its pictures are wide enough for paper.
 */
export const SIZES = {
  board: {
    wide: `${onPhones(100)}, (max-resolution: 1.1dppx) 60rem, (max-width: 48rem) 94vw, (max-width: 73rem) 47vw, (max-width: 172rem) 31vw, 24vw`,
    tall: `${onPhones(46)}, 20rem`,
    square: `${onPhones(100)}, (max-resolution: 1.1dppx) 40rem, (max-width: 60rem) 47vw, 26rem`,
  },
  stage: {
    wide: `(max-width: 60rem) 100vw, ${alone("min(100vw - 31rem, 160vh)")}`,
    tall: alone("min(100vw, 56vh)"),
    square: alone("min(100vw, 90vh)"),
  },
  screen: { wide: "min(100vw, 160vh)", tall: "min(100vw, 56vh)", square: "min(100vw, 90vh)" },
  take: "10.5rem",
  recent: `${onPhones(92)}, (max-width: 65rem) 47vw, 24rem`,
  film: `${onPhones(100)}, (max-width: 55rem) 94vw, (max-width: 82rem) 47vw, 31vw`,
};

/** Media are loaded from the host that served the page, whatever its public name is. @param {string} url */
export function local(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

/** @param {string} address */
const withoutSignature = (address) => address.replace(/\?.*/, "");

/**
 * The address of a file. Signed links change while the file does not, so the first one is kept as long as it works.
 * @param {string} url
 */
export function useMedia(url) {
  const latest = local(url);
  const held = useRef(latest);
  const isBroken = useRef(false);
  if (held.current !== latest && (isBroken.current || withoutSignature(held.current) !== withoutSignature(latest))) {
    held.current = latest;
    isBroken.current = false;
  }
  return { source: held.current, onError: () => (isBroken.current = true) };
}

/** @param {string} address @param {number} width */
const inWidth = (address, width) => `${address}${address.includes("?") ? "&" : "?"}w=${width}`;

/** The attributes by which a browser chooses the width. @param {string} address @param {string | undefined} sizes */
const inSizes = (address, sizes) => ({
  sizes,
  srcset: WIDTHS.map((width) => `${inWidth(address, width)} ${width}w`).join(", "),
  src: address,
});

/** A picture as wide as the window at most: a film shows one until it plays. @param {string} url */
export function poster(url) {
  const width = WIDTHS.find((one) => one >= innerWidth * devicePixelRatio);
  return width ? inWidth(local(url), width) : local(url);
}

/**
 * A picture that fades in once it is loaded, over the one it replaces.
 * @param {{ url: string, sizes: string, preview?: string, alt: string, isEager?: boolean }} properties sizes: as of an image;
 *   preview: those of a smaller one, which is here already, to show until then
 */
export function Picture({ url, sizes, preview, alt, isEager = false }) {
  const shown = useSignal(/** @type {string | null} */ (null));
  const under = useSignal(/** @type {string | null} */ (null));
  const { source, onError } = useMedia(url);
  const previewed = useSignal(preview ? source : null);
  const settle = () => {
    if (shown.value === source) return;
    under.value = shown.value;
    shown.value = source;
  };
  /** @param {HTMLImageElement | null} image */
  const settleIfCached = (image) => {
    if (image?.complete && image.naturalWidth && shown.value === null) settle();
  };
  // A picture restored while another fades in over it is loaded already and fires no second load event.
  useLayoutEffect(() => {
    if (under.value !== source) return;
    under.value = null;
    shown.value = source;
  }, [source]);
  const old = shown.value === source ? under.value : shown.value;
  const onTransitionEnd = () => {
    under.value = null;
    previewed.value = null;
  };
  return html`
    ${previewed.value === source && html`<img key="preview" class="picture" ...${inSizes(source, preview)} alt="" />`}
    ${old && html`<img key=${old} class="picture" ...${inSizes(old, sizes)} alt="" />`}
    <img key=${source} class=${shown.value === source ? "picture" : "picture is-arriving"} loading=${isEager ? "eager" : "lazy"}
      ...${inSizes(source, sizes)} alt=${alt} ref=${settleIfCached} onLoad=${settle} onError=${onError}
      onTransitionEnd=${onTransitionEnd} decoding="async" draggable=${false} />
  `;
}

// Text as large as its box allows. The box has its size from the page, never from the text.

/**
 * Sets the font size of an element so that its text fits, from `largest` down to `smallest` (px).
 * @param {HTMLElement} element @param {number} largest @param {number} smallest
 */
export function fit(element, largest, smallest) {
  const fits = (/** @type {number} */ size) => {
    element.style.fontSize = `${size}px`;
    return element.scrollHeight <= element.clientHeight + 1 && element.scrollWidth <= element.clientWidth + 1;
  };
  if (fits(largest)) return;
  let [low, high] = [smallest, largest];
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  fits(low);
}

// A number as the bits that a computer keeps of it: sign, exponent, fraction.

/** The bits of x in `arithmetic`, as a text of 0 and 1, the sign first. */
export function bitsOf(x, arithmetic) {
  return [...bytesOf(x, arithmetic)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
}

/** The same in hexadecimal: 8 digits in float32, 16 in float64. */
export function hexadecimal(x, arithmetic) {
  return [...bytesOf(x, arithmetic)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(x, arithmetic) {
  const view = new DataView(new ArrayBuffer(arithmetic.bits / 8));
  if (arithmetic.bits === 32) view.setFloat32(0, x);
  else view.setFloat64(0, x);
  return new Uint8Array(view.buffer);
}

/** How many bits of the exponent follow the sign. */
export function exponentBits(arithmetic) {
  return arithmetic.bits === 32 ? 8 : 11;
}

/** Whether two numbers have the same bits; 0 and -0 do not. */
export const sameBits = (x, y) => Object.is(x, y);

/** The first place at which lists of matrices differ in a bit, or null. */
export function firstDifference(one, other) {
  for (let index = 0; index < one.length; index += 1) {
    const place = one[index].data.findIndex((x, i) => !sameBits(x, other[index].data[i]));
    if (place >= 0) return { index, place };
  }
  return null;
}

/** How many numbers of lists of matrices differ in a bit. */
export function countDifferent(one, other) {
  return one.reduce((count, a, index) =>
    count + a.data.reduce((n, x, i) => n + (sameBits(x, other[index].data[i]) ? 0 : 1), 0), 0);
}

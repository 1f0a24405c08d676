// Matrices whose every product and sum is rounded, in a fixed order.
//
// JavaScript computes in float64. For +, -, *, / and square roots of float32 numbers, rounding the
// float64 result once more to float32 gives float32's own result: 53 bits are more than 2 * 24 + 2
// (Figueroa 1995). So `Math.fround` after each operation is float32 arithmetic. tanh is rounded
// from the browser's float64 tanh, which may differ from a library's float32 tanh in the last place.

export const ARITHMETIC = {
  float32: { name: "float32", bits: 32, digits: 9, round: Math.fround },
  float64: { name: "float64", bits: 64, digits: 17, round: (x) => x },
};

/** A matrix of rows x columns; data: its numbers, row by row. */
export function matrix(rows, columns, data = new Float64Array(rows * columns)) {
  return { rows, columns, data };
}

/** A matrix from nested arrays, each number rounded. */
export function matrixOf(nested, round) {
  return matrix(nested.length, nested[0].length, Float64Array.from(nested.flat(), round));
}

/** f of each number, rounded. */
export function map(a, f, round) {
  const data = new Float64Array(a.data.length);
  for (let i = 0; i < data.length; i += 1) data[i] = round(f(a.data[i], i));
  return matrix(a.rows, a.columns, data);
}

/** f of the numbers in the same place of two matrices, rounded. */
export function zip(a, b, f, round) {
  return map(a, (x, i) => f(x, b.data[i]), round);
}

/** Row i of left with column j of right: sum_k left[i, k] right[k, j], k ascending. */
export function product(left, right, round) {
  return contract(byRow(left), byRow(right), round);
}

/** left^T right: a sum over rows, that is over the batch. */
export function productOverRows(left, right, round) {
  return contract(transposed(byRow(left)), byRow(right), round);
}

/** left right^T: a sum over columns. */
export function productOverColumns(left, right, round) {
  return contract(byRow(left), transposed(byRow(right)), round);
}

const byRow = ({ rows, columns, data }) => ({ rows, columns, data, down: columns, across: 1 });
const transposed = ({ rows, columns, data, down, across }) =>
  ({ rows: columns, columns: rows, data, down: across, across: down });

function contract(left, right, round) {
  const result = new Float64Array(left.rows * right.columns);
  const inFloat32 = round === Math.fround;
  for (let i = 0; i < left.rows; i += 1) {
    for (let j = 0; j < right.columns; j += 1) {
      let [l, r, sum] = [i * left.down, j * right.across, 0];
      for (let k = 0; k < left.columns; k += 1, l += left.across, r += right.down) {
        const term = left.data[l] * right.data[r];
        // the innermost operation of all: `round` by its name is three times as fast
        sum = inFloat32 ? Math.fround(sum + Math.fround(term)) : sum + term;
      }
      result[i * right.columns + j] = sum;
    }
  }
  return matrix(left.rows, right.columns, result);
}

/** One row added to each row. */
export function addRow(a, row, round) {
  return map(a, (x, i) => x + row.data[i % a.columns], round);
}

/** The sum of the rows, as one row: over the batch, first sample first. */
export function sumOfRows(a, round) {
  const sum = matrix(1, a.columns);
  a.data.forEach((x, i) => {
    sum.data[i % a.columns] = round(sum.data[i % a.columns] + x);
  });
  return sum;
}

/** The sum of all numbers, in order. */
export function total(a, round) {
  return a.data.reduce((sum, x) => round(sum + x), 0);
}

/** Two matrices side by side. */
export function beside(a, b) {
  const joined = matrix(a.rows, a.columns + b.columns);
  for (let i = 0; i < a.rows; i += 1) {
    joined.data.set(a.data.subarray(i * a.columns, (i + 1) * a.columns), i * joined.columns);
    joined.data.set(b.data.subarray(i * b.columns, (i + 1) * b.columns),
      i * joined.columns + a.columns);
  }
  return joined;
}

/** The last columns, from `first` on. */
export function columnsFrom(a, first) {
  const part = matrix(a.rows, a.columns - first);
  for (let i = 0; i < a.rows; i += 1) {
    part.data.set(a.data.subarray(i * a.columns + first, (i + 1) * a.columns),
      i * part.columns);
  }
  return part;
}

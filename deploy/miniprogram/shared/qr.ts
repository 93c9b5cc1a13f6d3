// A QR code of at most 14 bytes: version 1, error correction M, mask 0 (ISO/IEC 18004). A pass number has eight.

const SIZE = 21;
const DATA = 16;
const CORRECTION = 10;
const MOST = DATA - 2;
const QUIET = 4;
/** Level M and mask 0, with their own error correction. */
const FORMAT = "101010000010010";
const FINDERS = [
  [0, 0],
  [0, SIZE - 7],
  [SIZE - 7, 0],
] as const;

type Grid = (boolean | null)[][];

/** A picture of the code as a data address; an empty text where the text is too long for one. */
export function qrImage(text: string): string {
  const modules = qr(text);
  if (modules === null) return "";
  const path = modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  const side = SIZE + 2 * QUIET;
  const box = `viewBox="${-QUIET} ${-QUIET} ${side} ${side}" shape-rendering="crispEdges"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${box}><path d="M-4-4h29v29h-29z" fill="#fff"/><path d="${path}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** The modules, row by row, true where dark; null where the text is too long. */
export function qr(text: string): boolean[][] | null {
  const bytes = [...text].map((letter) => letter.charCodeAt(0));
  if (bytes.length > MOST || bytes.some((byte) => byte > 127)) return null;
  const data = codewords(bytes);
  const grid: Grid = Array.from({ length: SIZE }, () => Array<boolean | null>(SIZE).fill(null));
  drawPatterns(grid);
  drawFormat(grid);
  drawData(grid, [...data, ...corrections(data)]);
  return grid.map((row) => row.map(Boolean));
}

/** Mode, length, the bytes, and what fills the rest. */
function codewords(bytes: number[]): number[] {
  const eight = (n: number) => n.toString(2).padStart(8, "0");
  const bits = `0100${[bytes.length, ...bytes].map(eight).join("")}0000`;
  const words = (bits.match(/.{8}/g) ?? []).map((word) => parseInt(word, 2));
  const fill = [0xec, 0x11];
  const first = words.length;
  while (words.length < DATA) words.push(fill[(words.length - first) % 2] ?? 0);
  return words;
}

/** The product of two numbers of the field that the code counts in. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

/** The remainder of the data, divided by the generator polynomial. */
function corrections(data: number[]): number[] {
  const generator = generatorOf(CORRECTION);
  let rest = Array<number>(CORRECTION).fill(0);
  for (const word of data) {
    const factor = word ^ (rest[0] ?? 0);
    rest = [...rest.slice(1), 0].map((value, index) => value ^ times(generator[index] ?? 0, factor));
  }
  return rest;
}

function generatorOf(degree: number): number[] {
  let found = [1];
  let root = 1;
  for (let n = 0; n < degree; n += 1) {
    const shifted = [...found, 0];
    found = shifted.map((value, index) => value ^ times(found[index - 1] ?? 0, root));
    root = times(root, 2);
  }
  return found.slice(1);
}

function set(grid: Grid, y: number, x: number, dark: boolean): void {
  const row = grid[y];
  if (row !== undefined && x >= 0 && x < SIZE) row[x] = dark;
}

function drawPatterns(grid: Grid): void {
  for (const [top, left] of FINDERS) drawFinder(grid, top, left);
  for (let n = 8; n < SIZE - 8; n += 1) {
    set(grid, 6, n, n % 2 === 0);
    set(grid, n, 6, n % 2 === 0);
  }
  set(grid, SIZE - 8, 8, true);
}

function drawFinder(grid: Grid, top: number, left: number): void {
  for (let y = -1; y <= 7; y += 1) {
    for (let x = -1; x <= 7; x += 1) {
      const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
      set(grid, top + y, left + x, ring !== 2 && ring !== 4);
    }
  }
}

function drawFormat(grid: Grid): void {
  const first = [0, 1, 2, 3, 4, 5, 7, 8];
  [...FORMAT].forEach((bit, n) => {
    const dark = bit === "1";
    const near = n < 8 ? [8, first[n] ?? 0] : [first[14 - n] ?? 0, 8];
    const far = n < 7 ? [SIZE - 1 - n, 8] : [8, SIZE - 15 + n];
    set(grid, near[0] ?? 0, near[1] ?? 0, dark);
    set(grid, far[0] ?? 0, far[1] ?? 0, dark);
  });
}

/** Pairs of columns from the right, up and down in turn, around what stands there already. */
function drawData(grid: Grid, words: number[]): void {
  const bits = words.map((word) => word.toString(2).padStart(8, "0")).join("");
  let next = 0;
  for (let right = SIZE - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right -= 1;
    for (let n = 0; n < SIZE * 2; n += 1) {
      const y = up ? SIZE - 1 - (n >> 1) : n >> 1;
      const x = right - (n % 2);
      if (grid[y]?.[x] !== null) continue;
      set(grid, y, x, (bits[next] === "1") !== ((y + x) % 2 === 0));
      next += 1;
    }
  }
}

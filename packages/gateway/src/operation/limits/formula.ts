/** Variables as a client sent them. */
export type Variables = Readonly<Record<string, unknown>>;

/** A number, or a function that computes it from the variables. */
export type Formula = number | ((variables: Variables) => number);

export function evaluate(formula: Formula, variables: Variables): number {
  return typeof formula === 'number' ? formula : formula(variables);
}

export function sum(parts: readonly Formula[]): Formula {
  let fixed = 0;
  const varying: Exclude<Formula, number>[] = [];
  for (const part of parts) {
    if (typeof part === 'number') fixed += part;
    else varying.push(part);
  }
  if (varying.length === 0) return fixed;
  return (variables) => varying.reduce((total, part) => total + part(variables), fixed);
}

export function product(left: Formula, right: Formula): Formula {
  if (typeof left === 'number' && typeof right === 'number') return times(left, right);
  if (left === 0 || right === 0) return 0;
  return (variables) => times(evaluate(left, variables), evaluate(right, variables));
}

/** 0 × Infinity (`first: 1e999`) is 0 here. JavaScript's NaN would pass every limit. */
function times(left: number, right: number): number {
  return left === 0 || right === 0 ? 0 : left * right;
}

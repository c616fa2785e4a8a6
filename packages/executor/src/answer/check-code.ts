import { literal, read, Source, SourceTooLong, type CodeBudget } from '../code/source.js';
import type { Data } from '../own.js';
import type { FieldShape, FieldShapes, ObjectShape } from './shapes.js';

/** Whether an object has exactly the selected fields, with valid values. */
export type Fits = (object: Data) => boolean;

/**
 * Generates the check of a shape. It accepts only answers that are exactly as expected. Others may still be valid,
 * and is left to {@link ObjectShape.check}.
 * @returns null when the code would be too long
 */
export function generateCheck(shape: ObjectShape, budget: CodeBudget): Fits | null {
  const source = new Source(budget);
  try {
    return source.compile(objects(shape, source)) as Fits;
  } catch (error) {
    if (error instanceof SourceTooLong) return null;
    throw error;
  }
}

/** @returns the name of a function that checks an object */
function objects(shape: ObjectShape, source: Source): string {
  const { typenameKey } = shape.fields;
  if (typenameKey === null) return fields(shape.fields, source);
  const cases = [...shape.fieldsByType()].map(
    ([type, of]) => `case ${literal(type)}:return ${fields(of, source)}(o);`,
  );
  return source.define('o', `switch(${read('o', typenameKey)}){${cases.join('')}}return false;`);
}

function fields({ all }: FieldShapes, source: Source): string {
  const checks = all.map((field) => {
    const check = value(field, 0, source);
    const absent = field.isRequired ? 'return false;' : '';
    return `v=${read('o', field.key)};if(v!==undefined){n++;${check}}else{${absent}}`;
  });
  const body = `if(typeof o!=="object"||o===null||Array.isArray(o))return false;let n=0,v;${checks.join('')}return n===Object.keys(o).length;`;
  return source.define('o', body);
}

/** Statements that return false when `v` is not valid. */
function value(field: FieldShape, level: number, source: Source): string {
  const { lists, selection, nonNull, isLeaf } = field;
  if (lists === null) return 'return false;';
  const isNull = nonNull[level] ? 'if(v===null)return false;' : 'if(v!==null)';
  if (level < lists) {
    const items = `if(!Array.isArray(a))return false;for(let i=0;i<a.length;i++){const v=a[i];${value(field, level + 1, source)}}return true;`;
    return `${isNull}{if(!${source.define('a', items)}(v))return false;}`;
  }
  const check = selection ? objects(selection, source) : source.value(isLeaf);
  return `${isNull}{if(!${check}(v))return false;}`;
}

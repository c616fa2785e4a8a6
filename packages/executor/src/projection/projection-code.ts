import { literal, read, Source, SourceTooLong, type CodeBudget } from '../code/source.js';
import type { Data } from '../own.js';
import type { ObjectProjection, ObjectProjections, ValueProjection } from './projections.js';

/** Writes a response; null when something in it needs an error. */
export type Project = (data: Data) => Data | null;

/** Thrown by the code for what it leaves to the `Projector`. */
const LEAVE = new Error('a value needs an error');

/**
 * Generates the code of a projection. It covers responses without nulls in non-null places and without invalid
 * values. The others are left to the `Projector`.
 * @returns null when the code would be too long
 */
export function generateProjection(root: ObjectProjection, budget: CodeBudget): Project | null {
  const source = new Source(budget);
  try {
    const leave = source.value(LEAVE);
    const project = source.compile(object(root, source, `throw ${leave};`));
    return (data) => {
      try {
        return project(data) as Data;
      } catch (error) {
        if (error === LEAVE) return null;
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof SourceTooLong) return null;
    throw error;
  }
}

/** @returns the name of a function that writes an object */
function object({ type, isConcrete, fields }: ObjectProjection, source: Source, leave: string): string {
  const reads: string[] = [];
  const properties = fields.map((field) => {
    const key = typeof field === 'string' ? field : field.key;
    const property = key === '__proto__' ? `[${literal(key)}]` : literal(key);
    if (typeof field === 'string') {
      if (!isConcrete) reads.push(leave);
      return `${property}:${literal(type)}`;
    }
    const name = source.name();
    const { isNonNull } = field.value;
    const present = value(field.value, name, source, leave);
    reads.push(
      `let ${name}=${read('o', field.source)};if(${name}==null){${isNonNull ? leave : `${name}=null;`}}`,
    );
    if (present) reads.push(`else{${present}}`);
    return `${property}:${name}`;
  });
  return source.define('o', `${reads.join('')}return {${properties.join(',')}};`);
}

/** Statements that replace the value of a variable, which is not null; empty when it stays as it is. */
function value(projection: ValueProjection, name: string, source: Source, leave: string): string {
  if (projection.kind === 'leaf') {
    const { names } = projection;
    return names === null ? '' : `if(!${source.value(names)}.has(${name})){${leave}}`;
  }
  if (projection.kind === 'object')
    return `if(typeof ${name}!=="object"||Array.isArray(${name})){${leave}}${name}=${objects(projection.of, source, leave)}(${name});`;
  const { item } = projection;
  const missing = item.isNonNull ? leave : 'v=null;';
  const list = source.define(
    'a',
    `if(!Array.isArray(a)){${leave}}const n=a.length,r=new Array(n);for(let i=0;i<n;i++){let v=a[i];if(v==null){${missing}}else{${value(item, 'v', source, leave)}}r[i]=v;}return r;`,
  );
  return `${name}=${list}(${name});`;
}

/** @returns the name of a function that writes an object of one of the possible types */
function objects(
  { type: declared, only, ofType, possible }: ObjectProjections,
  source: Source,
  leave: string,
): string {
  if (only) return object(only, source, leave);
  const cases = possible.map(
    (type) => `case ${literal(type)}:return ${object(ofType(type)!, source, leave)}(o);`,
  );
  const unnamed = ofType(declared);
  if (unnamed)
    cases.push(`case undefined:case ${literal(declared)}:return ${object(unnamed, source, leave)}(o);`);
  return source.define('o', `switch(${read('o', '__typename')}){${cases.join('')}}${leave}`);
}

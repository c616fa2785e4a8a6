import { isInherited, type Data } from '../own.js';

/** Maximum length of the code of a program, in characters. */
const MAX_LENGTH = 64 * 1024;

/** How much code a program may still generate, in characters. The parts that do not fit stay interpreted. */
export interface CodeBudget {
  left: number;
}

export function newCodeBudget(): CodeBudget {
  return { left: MAX_LENGTH };
}

/** The code would be too long. */
export class SourceTooLong extends Error {
  override name = 'SourceTooLong';
}

/**
 * JavaScript in the making: functions, and the values that they refer to. Names from documents and schemas enter it
 * only as string literals.
 */
export class Source {
  private readonly functions: string[] = [];
  private readonly values: unknown[] = [];
  private names = 0;
  private length = 0;

  constructor(private readonly budget: CodeBudget) {}

  /** A name that is not in use. */
  name(): string {
    this.names += 1;
    return `n${this.names}`;
  }

  /** The expression for a value that exists already. */
  value(value: unknown): string {
    this.values.push(value);
    return `values[${this.values.length - 1}]`;
  }

  /**
   * Adds a function.
   * @returns its name
   * @throws SourceTooLong
   */
  define(parameters: string, body: string): string {
    const name = this.name();
    const text = `function ${name}(${parameters}){${body}}`;
    this.length += text.length;
    if (this.length > this.budget.left) throw new SourceTooLong();
    this.functions.push(text);
    return name;
  }

  /** Compiles the code, and returns the function of this name. */
  compile(name: string): (data: Data) => unknown {
    this.budget.left -= this.length;
    const text = `"use strict";const hasOwn=Object.hasOwn;${this.functions.join('\n')}\nreturn ${name};`;
    // oxlint-disable-next-line typescript/no-implied-eval -- all names in it are string literals
    return new Function('values', text)(this.values) as (data: Data) => unknown;
  }
}

/** A string literal. */
export function literal(text: string): string {
  return JSON.stringify(text)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}

/** The expression that reads an own property of an object. */
export function read(object: string, key: string): string {
  const value = `${object}[${literal(key)}]`;
  return isInherited(key) ? `(hasOwn(${object},${literal(key)})?${value}:undefined)` : value;
}

import { namesOf } from '@kit/manifest';

/** The names in a new subgraph, such as `old-orders`, whose types are `OldOrder` and so on. */
export interface TemplateNames {
  /** `old-orders` */
  readonly name: string;
  /** `OLD_ORDERS` */
  readonly PREFIX: string;
  /** `OldOrders` */
  readonly Items: string;
  /** `oldOrders` */
  readonly items: string;
  /** `OldOrder` */
  readonly Item: string;
  /** `oldOrder` */
  readonly item: string;
  /** `old-order`, in names of files. */
  readonly one: string;
  /** `old_orders` */
  readonly table: string;
  /** `old orders` */
  readonly words: string;
  /** `old order` */
  readonly word: string;
}

/** @param name of the subgraph. One that is not a plural, such as `billing`, gets a `BillingItem` and `billingItems` */
export function templateNames(name: string): TemplateNames {
  const singular = singularOf(name);
  const [one, many] = singular === name ? [`${name}-item`, `${name}-items`] : [singular, name];
  return {
    name,
    PREFIX: namesOf(name).variablePrefix,
    Items: pascal(many),
    items: camel(many),
    Item: pascal(one),
    item: camel(one),
    one,
    table: many.replaceAll('-', '_'),
    words: many.replaceAll('-', ' '),
    word: one.replaceAll('-', ' '),
  };
}

/** For most English nouns. Others get names that can be changed by hand. */
function singularOf(plural: string): string {
  if (/[^aeiou]ies$/.test(plural)) return plural.replace(/ies$/, 'y');
  if (/(ch|sh|ss|x|z)es$/.test(plural)) return plural.replace(/es$/, '');
  return plural.replace(/([^s])s$/, '$1');
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function camel(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

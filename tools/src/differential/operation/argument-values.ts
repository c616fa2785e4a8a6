import { isRequiredArgument, type GraphQLArgument, type GraphQLInputType } from 'graphql';
import type { Random } from '../random.js';
import { literal } from './literals.js';
import type { Variables } from './variables.js';

/** Arguments of one selected field as text, with parentheses. Values are literals or variables. */
export function argumentsText(
  args: readonly GraphQLArgument[],
  random: Random,
  variables: Variables,
): string {
  const texts = args
    .filter((arg) => isRequiredArgument(arg) || random.chance(0.6))
    .map((arg) => `${arg.name}: ${valueText(arg.type, random, variables, arg.defaultValue !== undefined)}`);
  return texts.length > 0 ? `(${texts.join(', ')})` : '';
}

/** A literal that may contain variables, or a variable. */
function valueText(
  type: GraphQLInputType,
  random: Random,
  variables: Variables,
  hasDefault: boolean,
): string {
  if (random.chance(0.35)) return variables.use(type, hasDefault);
  return literal(type, random, (inner) => valueText(inner, random, variables, false));
}

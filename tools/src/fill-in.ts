/**
 * Fills in `${NAME}`.
 * @returns undefined when a value is missing
 */
export function fillIn(
  text: string,
  values: Readonly<Record<string, string | undefined>>,
): string | undefined {
  let complete = true;
  const filled = text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    complete &&= value !== undefined;
    return value ?? '';
  });
  return complete ? filled : undefined;
}

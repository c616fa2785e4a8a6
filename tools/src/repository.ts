import { fileURLToPath } from 'node:url';

/** The folder that holds the workspaces, wherever this checkout lies. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

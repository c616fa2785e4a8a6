/** A reason why an import fails as a whole: a sentence for users that does not quote the file. */
export class ImportProblem extends Error {}

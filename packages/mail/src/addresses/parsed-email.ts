/** The normal form of an address, or what is wrong with it: a sentence for users that does not repeat the address. */
export type ParsedEmail = { readonly normalized: string; readonly fault: null } | { readonly fault: string };

/** Exports are downloaded here with GET, and imports are uploaded with PUT. The token grants the access. */
export const FILE_PATH = '/files/:token';

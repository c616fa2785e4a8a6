/** What replaces an address that is erased from an uploaded file, byte for byte. No text has this control character. */
export const ERASED_BYTE = 0x1a;

/** Whether the address of a row was erased from the file. */
export function isErasedCell(cell: string): boolean {
  return cell.includes('\u001a');
}

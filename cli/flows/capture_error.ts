/** What is wrong with a capture file, as the part of the one error line that follows the file's name. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

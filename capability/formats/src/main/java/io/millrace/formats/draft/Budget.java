// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

/** What a file and everything within it may still take. Confined to the thread that reads the file. */
public final class Budget {

  private final FormatLimits limits;
  private int characters;
  private long bytes;
  private int attachments;

  public Budget(FormatLimits limits) {
    this.limits = limits;
    this.characters = limits.characters();
    this.bytes = limits.fileBytes();
    this.attachments = limits.attachments();
  }

  public FormatLimits limits() {
    return limits;
  }

  /**
   * Takes characters of text.
   *
   * @return how many of them are granted
   */
  int characters(int wanted) {
    int granted = Math.min(wanted, characters);
    characters -= granted;
    return granted;
  }

  /** Returns how many bytes may still be unpacked. */
  public int bytesLeft() {
    return (int) Math.max(0, bytes);
  }

  /**
   * Takes the bytes of an attachment.
   *
   * @throws UnreadableFile when there are too many of them, or too many attachments
   */
  public void attachment(int size) throws UnreadableFile {
    if (--attachments < 0) {
      throw new UnreadableFile("it is beyond the " + limits.attachments() + " attachments that are read of a file (limit attachments)");
    }
    bytes -= size;
    if (bytes < 0) {
      throw new UnreadableFile(
          "together with the others it unpacks to more than " + limits.fileBytes() + " bytes (limit fileBytes)");
    }
  }
}

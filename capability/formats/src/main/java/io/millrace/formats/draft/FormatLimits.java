// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

import java.io.Serializable;

/**
 * How much one file may take. What lies beyond a limit is left out and reported. A limit of 0 is the default one.
 *
 * @param seconds that reading a file may take, attachments included
 * @param heapMegabytes of memory that the process has which reads it
 * @param fileBytes most bytes of a file, and of everything that is unpacked from it
 * @param characters most characters of text of a file and its attachments
 * @param pages most pages or slides of a file
 * @param rows most rows of a table or sheet
 * @param attachments most attachments or entries of a file, those within attachments included
 * @param depth deepest nesting of attachments and archives
 */
public record FormatLimits(
    int seconds, int heapMegabytes, int fileBytes, int characters, int pages, int rows, int attachments, int depth)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** The limits of a file that names none. */
  public static final FormatLimits DEFAULTS = new FormatLimits(0, 0, 0, 0, 0, 0, 0, 0);

  public FormatLimits {
    seconds = positive("seconds", seconds, 30);
    heapMegabytes = positive("heapMegabytes", heapMegabytes, 512);
    fileBytes = positive("fileBytes", fileBytes, 64 << 20);
    characters = positive("characters", characters, 5_000_000);
    pages = positive("pages", pages, 2_000);
    rows = positive("rows", rows, 100_000);
    attachments = positive("attachments", attachments, 1_000);
    depth = positive("depth", depth, 4);
  }

  private static int positive(String key, int value, int otherwise) {
    int chosen = value == 0 ? otherwise : value;
    if (chosen < 1) {
      throw new IllegalArgumentException("limit " + key + " of files " + chosen + " is not positive");
    }
    return chosen;
  }
}

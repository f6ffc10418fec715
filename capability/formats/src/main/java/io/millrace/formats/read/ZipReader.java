// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.UnreadableFile;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/** A zip of files, each of which is read by itself; no more is unpacked than may be. */
final class ZipReader implements FormatReader {

  /** Entries beyond so many times the limit are not even looked at. */
  private static final int MOST_SKIPPED = 10;

  @Override
  public void read(FileContent file, Draft draft) throws IOException, UnreadableFile {
    if (!file.startsWith('P', 'K')) {
      throw new UnreadableFile("it is no zip");
    }
    int number = 0;
    Charset names = ZipNames.charset(file.bytes());
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file.bytes()), names)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (++number > draft.budget().limits().attachments() * MOST_SKIPPED) {
          draft.leftOut("entries beyond the first " + number + " were left out (limit attachments)");
          return;
        }
        String name = entry.getName();
        if (entry.isDirectory() || ("/" + name).contains("/.") || name.startsWith("__MACOSX/")) {
          continue;
        }
        if (!FileKind.known(name)) {
          draft.attachments().lose(name, FileKind.unknown(name));
          continue;
        }
        byte[] content;
        try {
          content = zip.readNBytes(draft.budget().bytesLeft() + 1);
        } catch (ZipException e) {
          draft.attachments().lose(name, "it cannot be unpacked: " + e.getMessage());
          return; // where the next one begins is not known
        }
        if (content.length > draft.budget().bytesLeft()) {
          draft.attachments().lose(
              name,
              "with the entries before it, it unpacks to more than " + draft.budget().limits().fileBytes()
                  + " bytes; it and what follows were left out (limit fileBytes)");
          return;
        }
        draft.attachments().take(name, content);
      }
    }
  }
}

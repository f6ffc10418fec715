// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.log.DeadLetter;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The documentation pages of one jar. */
final class JarPages implements PageSource {

  private static final long serialVersionUID = 1L;

  /** So many oversized entries in one share are no accident: the rest of the share is not even expanded. */
  private static final int MOST_BOMBS = 8;

  private final JavadocJar jar;
  private final JavadocIndex index;
  private final JavadocLinks links;
  private final List<String> entries;

  /**
   * The pages of a jar.
   *
   * @param entries those to read, in order
   */
  JarPages(JavadocJar jar, JavadocIndex index, JavadocLinks links, List<String> entries) {
    this.jar = jar;
    this.index = index;
    this.links = links;
    this.entries = List.copyOf(entries);
  }

  @Override
  public String library() {
    return jar.library();
  }

  @Override
  public int size() {
    return entries.size();
  }

  @Override
  public void read(int from, int to, Output output) throws IOException {
    int bombs = 0;
    try (ZipFile zip = new ZipFile(jar.file())) {
      for (String name : entries.subList(from, to)) {
        byte[] content = new byte[0];
        try {
          if (bombs >= MOST_BOMBS) {
            throw new UnreadablePage("its neighbours expand without bounds, so it was left alone");
          }
          content = expand(zip, name);
          if (content.length > LARGEST_PAGE) {
            bombs++;
            content = new byte[0];
            throw new UnreadablePage("it expands to more than " + LARGEST_PAGE + " bytes");
          }
          page(zip, name, content, output);
        } catch (IOException | UnreadablePage | IllegalArgumentException e) {
          String excerpt = new String(content, 0, Math.min(content.length, 4_000), StandardCharsets.UTF_8);
          output.deadLetter(
              new DeadLetter(jar.file() + "!" + name, String.valueOf(e.getMessage()), excerpt, Instant.now()));
        }
      }
    }
  }

  private void page(ZipFile zip, String name, byte[] content, Output output) throws UnreadablePage {
    String id = index.id(name);
    if (id == null) {
      throw new UnreadablePage("it is not in the jar's table of contents: the jar changed while it was read");
    }
    ZipEntry entry = zip.getEntry(name);
    Instant at = entry.getLastModifiedTime() == null ? Instant.EPOCH : entry.getLastModifiedTime().toInstant();
    Document document = JavadocPage.parse(content, new JavadocPage.Place(jar, index, links, name, id, at));
    if (document == null) {
      output.skipped();
    } else {
      output.document(document);
    }
  }

  /** Expands one byte more than is allowed at most, whatever size the entry claims to have. */
  private static byte[] expand(ZipFile zip, String name) throws IOException, UnreadablePage {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new UnreadablePage("the entry vanished: the jar changed while it was read");
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readNBytes(LARGEST_PAGE + 1);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.Validity;
import io.millrace.core.settings.VectorPrecision;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * What decides about a document's place in memory, without its text.
 *
 * @param id its identity
 * @param version offset of its latest version in the topic of documents
 * @param bytes what its passages and embeddings take in the index, estimated
 * @param dimensions numbers in the embeddings of its passages
 * @param updatedAt when its content last changed
 * @param validity when it may be found; null for always
 * @param pinned whether it says of itself that it must stay in memory
 * @param fingerprint of its words and of who may read them
 * @param copies documents that it was found to nearly repeat when it came
 */
public record Resident(
    String id,
    long version,
    long bytes,
    long dimensions,
    Instant updatedAt,
    @Nullable Validity validity,
    boolean pinned,
    long fingerprint,
    List<Copy> copies) {

  /** Attribute of a document that must stay in memory, with the value {@code true}. */
  public static final String PINNED = "pinned";

  /** Stored text and postings together are about twice the text. */
  private static final int TIMES_TEXT = 2;

  /** An embedding in floats, its links in the graph, and what a passage takes however short it is. */
  private static final int EACH_PASSAGE = 2_500;

  /** The graph takes as much as so many bits of each dimension: 579 MB in all for a million embeddings of 384 dimensions and 8 bits. */
  private static final int GRAPH_BITS = 4;

  /** The document's own embedding. */
  private static final int EACH_DOCUMENT = 1_500;

  public Resident {
    copies = List.copyOf(copies);
  }

  /**
   * A document that nearly repeats another.
   *
   * @param fingerprint of its words when it was compared: later words may say something else
   */
  public record Copy(String document, long fingerprint) {}

  static Resident of(Document document, long version, RepeatFinder.Found found) {
    return new Resident(
        document.id(),
        version,
        bytes(document),
        dimensions(document),
        document.updatedAt(),
        document.validity(),
        Boolean.parseBoolean(document.attributes().get(PINNED)),
        found.fingerprint(),
        found.copies());
  }

  /** Returns what a document takes in the index, estimated: 5.8 MB for the 848 texts of CMRC 2018, which take 5.7 on disk. */
  static long bytes(Document document) {
    long bytes = EACH_DOCUMENT;
    for (Passage passage : Passages.of(document)) {
      bytes += EACH_PASSAGE + (long) TIMES_TEXT * passage.text().getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes;
  }

  /** Returns what its passages' embeddings and their part of the graph take in memory, estimated. */
  public long vectorBytes(VectorPrecision precision) {
    return dimensions * (precision.bits() + GRAPH_BITS) / Byte.SIZE;
  }

  private static long dimensions(Document document) {
    return Passages.of(document).stream().mapToLong(passage -> BgeModel.of(passage.language()).dimension()).sum();
  }
}

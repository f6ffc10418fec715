// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

/** The topics of the event log. Compacted topics keep the latest value of each key; a null value deletes it. */
public enum Topic {
  /** {@link io.millrace.core.document.Document} by its id: the truth about content. */
  DOCUMENTS("documents", true, 4),
  /**
   * {@link PublishedPage} by document id: what the offline pipeline brought in. A page that is here but not among the
   * documents was deleted by a user.
   */
  PUBLISHED("published", true, 1),
  /** Lists of {@link io.millrace.core.document.Passage} by document id: a view that indexes follow. */
  PASSAGES("passages", true, 4),
  /**
   * {@link PassageVectors} by document id, or {@code id@model} where the model is not the pretrained one: embeddings, which may
   * arrive later than the text.
   */
  VECTORS("vectors", true, 4),
  /**
   * Earlier versions of documents by {@code id@version}: the version is the offset that the document had in {@link
   * #DOCUMENTS}. A document's current version is not here.
   */
  HISTORY("history", true, 4),
  /** {@link Eviction} by document id: what is in the archive instead of the memory, and why. */
  EVICTIONS("evictions", true, 1),
  /** {@link io.millrace.core.event.Event} by user: the truth about what happened. */
  EVENTS("events", false, 4),
  /** {@link io.millrace.core.event.UserFeatures} by user. */
  USER_FEATURES("user-features", true, 4),
  /** {@link io.millrace.core.event.ItemFeatures} by document id. */
  ITEM_FEATURES("item-features", true, 4),
  /** {@link RankerWeights} by strategy name. */
  RANKER("ranker", true, 1),
  /** {@link DeadLetter} by source: what could not be processed, with the reason. */
  DEAD_LETTERS("dead-letters", false, 1);

  private final String suffix;
  private final boolean compacted;
  private final int partitions;

  Topic(String suffix, boolean compacted, int partitions) {
    this.suffix = suffix;
    this.compacted = compacted;
    this.partitions = partitions;
  }

  /** Returns the name on the broker, for example {@code java-docs.documents}. */
  public String name(String domain) {
    return domain + "." + suffix;
  }

  /** Returns the name without the domain. */
  public String suffix() {
    return suffix;
  }

  /** Returns whether only the latest value of each key is kept. */
  public boolean compacted() {
    return compacted;
  }

  /** Returns the number of partitions that the topic is created with. */
  public int partitions() {
    return partitions;
  }
}

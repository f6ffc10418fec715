// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;

/**
 * The pretrained encoders that come as Maven artifacts, one a language (Xiao et al., "C-Pack: Packed Resources For
 * General Chinese Embeddings", SIGIR 2024).
 */
public enum BgeModel {
  /** The authors' query instruction lifts long English questions (about .09 nDCG@10 on CACM). */
  ENGLISH(
      Language.ENGLISH, "bge-small-en-v1.5", 384, "Represent this sentence for searching relevant passages: "),
  /** Without an instruction: it costs Chinese questions a little. */
  CHINESE(Language.CHINESE, "bge-small-zh-v1.5", 512, "");

  private final Language language;
  private final String id;
  private final int dimension;
  private final String queryInstruction;

  BgeModel(Language language, String id, int dimension, String queryInstruction) {
    this.language = language;
    this.id = id;
    this.dimension = dimension;
    this.queryInstruction = queryInstruction;
  }

  /** Returns the model for texts of a language. */
  public static BgeModel of(Language language) {
    return switch (language) {
      case ENGLISH -> ENGLISH;
      case CHINESE -> CHINESE;
    };
  }

  /** Returns the language it was trained for. */
  public Language language() {
    return language;
  }

  /** Returns its name, which is also the stem of its resources and part of every vector's provenance. */
  public String id() {
    return id;
  }

  /** Returns the number of dimensions of its vectors. */
  public int dimension() {
    return dimension;
  }

  /** Returns what is put before a question; empty for nothing. */
  public String queryInstruction() {
    return queryInstruction;
  }
}

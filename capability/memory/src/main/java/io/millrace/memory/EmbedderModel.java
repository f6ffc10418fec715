// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.CosineScale;
import io.millrace.model.encoder.PackedEncoder;

import java.io.IOException;

/** An encoder that embeds texts, wherever its weights lie. Equal ones share their weights in memory. */
public sealed interface EmbedderModel permits BgeModel, TunedModel {

  /** Returns its name, which is part of every vector's provenance: other weights, other name. */
  String id();

  /** Returns the number of dimensions of its vectors. */
  int dimension();

  /** Returns what is put before a question; empty for nothing. */
  String queryInstruction();

  /** Returns the number of tokens beyond which texts are cut. */
  int longest();

  /** Returns on which scale its cosines are to be read. */
  CosineScale cosines();

  /**
   * Reads its weights.
   *
   * @throws IOException when they cannot be read
   */
  PackedEncoder encoder() throws IOException;

  /** Returns the content of its {@code tokenizer.json}. */
  byte[] tokenizer() throws IOException;
}

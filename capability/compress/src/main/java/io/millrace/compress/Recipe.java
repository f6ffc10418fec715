// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.safetensors.WeightFormat;

/**
 * How a decoder is quantised.
 *
 * @param matrices how the matrices within blocks are stored
 * @param embeddings how embeddings and the output layer are stored; they are worth more bits, since what is wrong in them
 *     reaches the result at once
 * @param rounding how weights within blocks are rounded; embeddings go to the nearest step
 */
public record Recipe(WeightFormat matrices, WeightFormat embeddings, Rounding rounding) {
  /** Eight bits in groups of 32. */
  public static final Recipe INT8 = new Recipe(WeightFormat.INT8, WeightFormat.INT8, Rounding.NEAREST);

  /** Eight bits with one scale a row. */
  public static final Recipe INT8_ROW = new Recipe(WeightFormat.INT8_ROW, WeightFormat.INT8_ROW, Rounding.NEAREST);

  /** Four bits in groups of 32, embeddings and output layer eight. */
  public static final Recipe INT4 = new Recipe(WeightFormat.INT4, WeightFormat.INT8, Rounding.NEAREST);

  /** The same, rounded with calibration data. */
  public static final Recipe INT4_GPTQ = INT4.with(Rounding.GPTQ);

  /** Checks that the formats can stand in one folder. */
  public Recipe {
    if (matrices == WeightFormat.FULL || embeddings == WeightFormat.FULL) {
      throw new IllegalArgumentException("matrices " + matrices + ", embeddings " + embeddings + ": floats are not quantised");
    }
    if (embeddings != matrices && !(matrices == WeightFormat.INT4 && embeddings == WeightFormat.INT8)) {
      throw new IllegalArgumentException("matrices " + matrices + " with embeddings " + embeddings
          + ": only INT4 may have other embeddings, in INT8");
    }
    if (rounding instanceof Rounding.Gptq && matrices != WeightFormat.INT4) {
      throw new IllegalArgumentException("matrices " + matrices + " by GPTQ: eight bits lose nothing worth calibrating");
    }
  }

  /** The same, rounded otherwise. */
  public Recipe with(Rounding other) {
    return new Recipe(matrices, embeddings, other);
  }

  /** The same with embeddings and output layer stored otherwise. */
  public Recipe withEmbeddings(WeightFormat other) {
    return new Recipe(matrices, other, rounding);
  }

  /** How a matrix of that name and width is stored. */
  WeightFormat format(String tensor, int columns) {
    boolean embedding = tensor.endsWith("embed_tokens.weight") || tensor.endsWith("lm_head.weight");
    return (embedding ? embeddings : matrices).forColumns(columns);
  }
}

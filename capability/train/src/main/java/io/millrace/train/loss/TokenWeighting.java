// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import java.util.Arrays;

/** What counts the same in a loss over the tokens of several answers. */
public enum TokenWeighting {
  /** Each answer, however long: tokens of long answers weigh less (Shao et al. 2024, GRPO, equation 3). */
  ANSWERS {
    @Override
    double[] weights(int[] lengths, int longest) {
      return Arrays.stream(lengths).mapToDouble(length -> 1.0 / lengths.length / length).toArray();
    }
  },
  /** Each token: long answers weigh more (Yu et al. 2025, DAPO, section 3.3). */
  TOKENS {
    @Override
    double[] weights(int[] lengths, int longest) {
      return Arrays.stream(lengths).mapToDouble(_ -> 1.0 / Arrays.stream(lengths).sum()).toArray();
    }

    @Override
    public double items(int[] lengths) {
      return Arrays.stream(lengths).sum();
    }
  },
  /**
   * Each token, and the divisor is the longest answer that is allowed, so that what a token weighs does not depend on
   * the answers it is read with (Liu et al. 2025, Dr. GRPO, section 3.2).
   */
  LONGEST {
    @Override
    double[] weights(int[] lengths, int longest) {
      return Arrays.stream(lengths).mapToDouble(_ -> 1.0 / lengths.length / longest).toArray();
    }
  };

  abstract double[] weights(int[] lengths, int longest);

  /**
   * The weight of a token of each answer.
   *
   * @param lengths tokens of each answer of a micro-batch
   * @param longest tokens that an answer may have
   * @return one an answer; over all tokens they sum to 1, but for {@link #LONGEST}
   */
  public double[] of(int[] lengths, int longest) {
    for (int length : lengths) {
      if (length < 1 || length > longest) {
        throw new IllegalArgumentException("answer of " + length + " tokens: must have from 1 to " + longest);
      }
    }
    return weights(lengths, longest);
  }

  /** How many items the weighted sum is the mean of, to add micro-batches up. */
  public double items(int[] lengths) {
    return lengths.length;
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

/** How weights become whole numbers. */
public sealed interface Rounding {
  /** Each weight to the nearest step, without data. */
  Rounding NEAREST = new Nearest();

  /** {@link Gptq} with the paper's damping and block, from left to right. */
  Gptq GPTQ = new Gptq(0.01, 128, false);

  /** See {@link #NEAREST}. */
  record Nearest() implements Rounding {}

  /**
   * One column after another, each error made good by the columns that are still to come, on calibration data. Source:
   * Frantar et al. 2022, GPTQ: Accurate Post-Training Quantization, algorithm 1.
   *
   * @param damping what is added to the Hessian's diagonal, as a share of its mean
   * @param block columns whose errors reach the columns after them at once
   * @param actOrder whether columns go by falling activation instead of from left to right
   */
  record Gptq(double damping, int block, boolean actOrder) implements Rounding {
    /** Checks the ranges. */
    public Gptq {
      if (!(damping > 0 && damping <= 1) || block < 1) {
        throw new IllegalArgumentException("damping " + damping + " must be above 0 and at most 1, block " + block + " at least 1");
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

/** Which part of a decoder is trained. */
public sealed interface Adaptation {
  /** All of it. */
  Adaptation WHOLE = new Whole();

  /** All weights are trained. */
  record Whole() implements Adaptation {}

  /**
   * Only an adapter is trained; the decoder stays as it is.
   *
   * @param lora shape of the adapter
   * @param frozen how the decoder's matrices are stored meanwhile
   */
  record LowRank(Lora lora, Quantisation frozen) implements Adaptation {}
}

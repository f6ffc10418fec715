// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.checkpoint;

/**
 * Brings the tensors of a part of a model into memory while the part computes, for models whose tensors are elsewhere
 * otherwise, such as in the memory of several processes.
 *
 * <p>A model announces a part before each use and after it, gradients included; uses of different parts do not overlap.
 */
public interface Residence {
  /** All tensors are there always. */
  Residence ALWAYS = new Residence() {
    @Override
    public void enter(String prefix) {}

    @Override
    public void leave(String prefix) {}
  };

  /** The tensors whose names begin with {@code prefix} must have their values when this returns. */
  void enter(String prefix);

  /** They are not needed until they are entered again; their gradients, if there are any, are complete. */
  void leave(String prefix);
}

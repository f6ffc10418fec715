// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import org.bytedeco.pytorch.Tensor;

import java.util.Map;

/**
 * An optimiser's state as whole tensors, of however many processes it is.
 *
 * @param tensors by name; empty in processes that do not write
 * @param release gives back what was made for it
 */
public record WholeState(Map<String, Tensor> tensors, Runnable release) implements AutoCloseable {
  @Override
  public void close() {
    release.run();
  }
}

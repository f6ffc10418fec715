// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A low-rank adapter (Hu et al., LoRA, 2021): to the product of a matrix it adds {@code alpha / rank × B (A x)}. Requests with
 * different adapters go through the same products of the model. Off the heap; whoever has it retains it, and the last one to
 * release it frees it.
 */
public abstract sealed class Adapter permits PanelAdapter, TorchAdapter {
  private final AtomicInteger holders = new AtomicInteger(1);

  Adapter() {}

  /** Gives its memory back. */
  abstract void free();

  /**
   * Keeps it open until {@link #release}.
   *
   * @throws IllegalStateException when it has been freed
   */
  final void retain() {
    if (holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
      throw new IllegalStateException("the adapter has been freed");
    }
  }

  /** Gives up a hold on it. */
  final void release() {
    if (holders.decrementAndGet() == 0) {
      free();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

/** An exchange under way. Its tensors must be neither read nor changed until it has been awaited, exactly once. */
@FunctionalInterface
public interface Pending {
  /** One that has ended already. */
  Pending DONE = () -> {};

  /**
   * Waits for the end.
   *
   * @throws RankLostException if a rank that takes part is gone
   */
  void await();
}

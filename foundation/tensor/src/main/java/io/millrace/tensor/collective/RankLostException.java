// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

/** A rank that takes part in an exchange is gone, so the exchange cannot end; the group is of no more use. */
public final class RankLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the rank and says how that was seen. */
  public RankLostException(String message) {
    super(message);
  }

  /** The same with the failure in which it showed. */
  public RankLostException(String message, Throwable cause) {
    super(message, cause);
  }
}

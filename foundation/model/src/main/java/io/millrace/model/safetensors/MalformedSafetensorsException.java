// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import java.io.IOException;

/** A checkpoint that does not follow the safetensors format; the message names file, tensor, expected and found. */
public final class MalformedSafetensorsException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong, where, and what was expected. */
  public MalformedSafetensorsException(String message) {
    super(message);
  }

  /** As above, with the parser's reason. */
  public MalformedSafetensorsException(String message, Throwable cause) {
    super(message, cause);
  }
}

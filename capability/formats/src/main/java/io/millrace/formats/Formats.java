// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import io.millrace.core.spi.FileFormats;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.formats.read.FileKind;

/**
 * All formats, to be opened where they are used.
 *
 * @param limits for each file
 */
public record Formats(FormatLimits limits) implements FileFormats.Opening {

  private static final long serialVersionUID = 1L;

  /** All formats within the default limits. */
  public static final Formats DEFAULT = new Formats(FormatLimits.DEFAULTS);

  @Override
  public boolean reads(String name) {
    return FileKind.known(name);
  }

  @Override
  public FileFormats open(int workers) {
    return new SandboxedFormats(limits, workers);
  }
}

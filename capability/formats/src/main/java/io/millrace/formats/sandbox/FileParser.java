// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;

/** What a worker does with a file. */
@FunctionalInterface
public interface FileParser {

  /** Reads a file; it may take all the time and memory of the process that it is called in. */
  Reading read(byte[] content, Place place, FormatLimits limits);
}

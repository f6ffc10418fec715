// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import io.millrace.core.document.Document;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.spi.FileFormats;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.formats.read.FileKind;
import io.millrace.formats.read.FileParsing;
import io.millrace.formats.sandbox.WorkerCommand;
import io.millrace.formats.sandbox.WorkerFailure;
import io.millrace.formats.sandbox.WorkerPool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Reads files in processes of their own; what these answer is believed only as far as it concerns the file at hand. */
public final class SandboxedFormats implements FileFormats {

  private final FormatLimits limits;
  private final WorkerPool workers;

  /**
   * Formats within limits.
   *
   * @param most files that are read at a time
   */
  public SandboxedFormats(FormatLimits limits, int most) {
    this(WorkerCommand.standard(), limits, most);
  }

  /** Formats whose workers are started by another command. */
  SandboxedFormats(WorkerCommand command, FormatLimits limits, int most) {
    this.limits = limits;
    this.workers = new WorkerPool(command, limits, most);
  }

  @Override
  public Reading read(Path file, Place place) {
    try {
      if (!FileKind.known(place.name())) {
        return lost(place, FileKind.unknown(place.name()));
      }
      long size = Files.size(file);
      if (size > limits.fileBytes()) {
        return lost(
            place,
            String.format(
                Locale.ROOT,
                "it has %,d bytes, and at most %,d are read (limit fileBytes): cut it into smaller files",
                size,
                limits.fileBytes()));
      }
      if (!Files.isReadable(file)) {
        return lost(place, "it cannot be opened: this process may not read it");
      }
      Document.checkId(FileParsing.identity(place));
      Reading reading = workers.read(file, place);
      check(reading, FileParsing.identity(place));
      return reading;
    } catch (IOException e) {
      return lost(place, "it cannot be opened: " + e);
    } catch (WorkerFailure | IllegalArgumentException e) {
      return lost(place, String.valueOf(e.getMessage()));
    }
  }

  /** A file that took its worker over could only harm its own documents. */
  private static void check(Reading reading, String id) {
    for (Document document : reading.documents()) {
      if (!document.id().equals(id) && !document.id().startsWith(id + "/")) {
        throw new IllegalArgumentException("the process that read it answered with documents of other files");
      }
    }
  }

  private static Reading lost(Place place, String reason) {
    return new Reading(List.of(), List.of(new DeadLetter(place.name(), reason, "", Instant.now())));
  }

  @Override
  public void close() {
    workers.close();
  }
}

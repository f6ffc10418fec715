// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.Causes;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.registry.DurableFiles;
import io.millrace.eventlog.DirectoryInUse;
import org.jspecify.annotations.Nullable;

import java.net.ConnectException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Says what went wrong to the person at the terminal. */
final class Failure {

  private Failure() {}

  /** Returns what was wrong and, where it can be known, what to do. */
  static String describe(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = message(cause);
    String remedy = expected(cause) ? null : remedy(cause);
    String hint = expected(cause) ? "" : "\n(set MILLRACE_TRACE=1 to see where)";
    return message + (remedy == null ? "" : "\n" + remedy) + hint;
  }

  private static String message(Throwable cause) {
    String text = cause.getMessage();
    return text == null || text.isBlank() ? cause.getClass().getSimpleName() : text;
  }

  private static boolean expected(Throwable cause) {
    return cause instanceof IllegalArgumentException
        || cause instanceof IllegalStateException
        || cause instanceof DirectoryInUse
        || cause instanceof EventLogUnavailable;
  }

  private static @Nullable String remedy(Throwable failure) {
    if (DurableFiles.diskFull(failure)) {
      return "The disk that holds " + Place.homes() + " is full. Free some space and run the same command again: finished work is kept.";
    }
    for (Throwable cause : Causes.of(failure)) {
      String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (cause instanceof ConnectException) {
        return "Nothing answers there. Start it with 'millrace serve', or give its address with --url.";
      }
      if (cause instanceof OutOfMemoryError) {
        return "The Java heap is too small. Give more with MILLRACE_HEAP=4g.";
      }
      if (cause instanceof FileSystemException file && file.getFile() != null && text.contains("permission denied")) {
        return "Not allowed to use " + file.getFile() + ". Choose another place with MILLRACE_HOME.";
      }
    }
    return null;
  }
}

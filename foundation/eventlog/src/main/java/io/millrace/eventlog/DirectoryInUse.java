// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

/** A broker was to be started on a directory that another process, or another part of this one, is using. */
public final class DirectoryInUse extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DirectoryInUse(String message) {
    super(message);
  }
}

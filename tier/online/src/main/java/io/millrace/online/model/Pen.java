// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.spi.Generator;

/**
 * A language model for the time of one request. It stays in memory until the pen is laid down.
 *
 * @param model that writes
 * @param reference name and version for events and answers
 * @param instructed whether it follows instructions in plain words; otherwise it knows the short form of prompt that
 *     models are trained on here
 * @param release called when it is laid down
 */
public record Pen(Generator model, String reference, boolean instructed, Runnable release) implements AutoCloseable {

  private static final String SETTING = "prompt";
  private static final String INSTRUCT = "instruct";

  static Pen of(Lease<Generator> lease) {
    boolean instructed = INSTRUCT.equals(lease.version().settings().get(SETTING));
    return new Pen(lease.model(), lease.version().reference(), instructed, lease::close);
  }

  /** An upstream is nobody's to close but the process's. */
  static Pen of(Generator upstream) {
    return new Pen(upstream, upstream.model(), true, () -> {});
  }

  @Override
  public void close() {
    release.run();
  }
}

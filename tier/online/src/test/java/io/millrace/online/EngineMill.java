// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** A gateway whose language model has random weights and the real engine; started once for all test classes that ask it. */
final class EngineMill implements BeforeAllCallback {

  private static Running running;

  /** What is closed at the end of all tests. */
  private static final class Running implements AutoCloseable {
    private final TestMill mill = TestMill.start(List.of(), new Limits(60_000, 0, 0, 256, 24, 0, 8), Deadlines.DEFAULTS);

    Running() {
      try {
        mill.serve("mill/decoder", "decoder", SmallDecoder.write(mill.home.resolve("decoder")));
      } catch (IOException e) {
        mill.close();
        throw new UncheckedIOException(e);
      } catch (RuntimeException e) {
        mill.close();
        throw e;
      }
    }

    @Override
    public void close() {
      mill.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    running =
        context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL)
            .computeIfAbsent(EngineMill.class, key -> new Running(), Running.class);
  }

  static TestMill mill() {
    return running.mill;
  }
}

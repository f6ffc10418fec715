// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import com.sun.net.httpserver.HttpServer;
import io.millrace.online.answer.UpstreamUse;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A gateway without models of its own, beside a server that has a large one and a collector of traces; started once for all
 * test classes that ask it.
 */
final class LargeMill implements BeforeAllCallback {

  private static Running running;

  /** What is closed at the end of all tests. */
  private static final class Running implements AutoCloseable {
    private final LargeModel large = new LargeModel();
    private final Queue<String> traces = new ConcurrentLinkedQueue<>();
    private final HttpServer collector;
    private final TestMill mill;

    Running() {
      try {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      collector.createContext("/v1/traces", exchange -> {
        try (exchange) {
          // Protocol buffers hold texts as they are.
          traces.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
        }
      });
      collector.start();
      mill =
          TestMill.start(
              large.plan(UpstreamUse.FALLBACK), "http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/traces");
      mill.content("mill/Stones", "Stones", "The mill has 2 stones. Each of them weighs 900 kilograms.");
    }

    @Override
    public void close() {
      mill.close();
      collector.stop(0);
      large.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    running =
        context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL)
            .computeIfAbsent(LargeMill.class, key -> new Running(), Running.class);
  }

  static TestMill mill() {
    return running.mill;
  }

  static LargeModel large() {
    return running.large;
  }

  /** What the collector received. */
  static String traces() {
    return String.join("", running.traces);
  }
}

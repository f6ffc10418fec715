// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.Scope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Connections to the key-value store at which ranks meet.
 *
 * <p>There is one for each thread that asks the store, since a question that waits for its answer blocks the connection.
 */
final class Stores {
  private final Store own;
  private final Supplier<Store> another;

  private Stores(Store own, Supplier<Store> another) {
    this.own = own;
    this.another = another;
  }

  /**
   * Connects to the store of rank 0, or opens it.
   *
   * @param start how long to try
   */
  static Stores at(Rendezvous at, Duration start) {
    return new Stores(Scope.keep(connect(at, at.rank() == 0, start)), () -> connect(at, false, start));
  }

  /** Opens the store in a file that all ranks see; it begins absent or empty. */
  static Stores in(Path file, int size) {
    return new Stores(Scope.keep(new FileStore(file.toString(), size)), () -> new FileStore(file.toString(), size));
  }

  /**
   * A connection to the names below {@code prefix}, in the open scope.
   *
   * <p>It is a clone, since what Java constructs is not counted by C++ and must not be passed on: the object that it is
   * passed to would free it, and so would Java.
   */
  Store below(String prefix) {
    return new PrefixStore(prefix, own.clone()).clone();
  }

  /** A new connection, in the open scope. */
  Store another() {
    return another.get();
  }

  /**
   * Waits until all ranks have come here, for as long as the store waits.
   *
   * <p>A rank is connected before the others have answered all of their own connections. One that failed at once used to
   * take its end of a connection away from a rank that was still at it, so that what was reported was the connection.
   */
  void awaitAll(String name, int size) {
    try (Scope _ = Scope.open()) {
      String all = name + "/all";
      if (own.add(name, 1) == size) {
        own.set(all, "");
      }
      own._wait(new StringVector(all));
    }
  }

  private static Store connect(Rendezvous at, boolean holder, Duration start) {
    if (!holder) {
      awaitListening(at, start);
    }
    TCPStoreOptions options = new TCPStoreOptions();
    options.port((short) at.port()).isServer(holder).waitWorkers(false).timeout(new Milliseconds(start.toMillis()));
    return new TCPStore(at.host(), options);
  }

  /** Knocks until somebody listens; libtorch's own way of trying again waits longer and longer. */
  private static void awaitListening(Rendezvous at, Duration start) {
    long until = System.nanoTime() + start.toNanos();
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(at.host(), at.port()), 10_000);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > until) {
          throw new IllegalStateException("nobody listens there: " + e.getMessage(), e);
        }
        LockSupport.parkNanos(20_000_000);
      }
    }
  }

  /** That not all ranks came to the place of meeting. */
  static IllegalStateException absent(Rendezvous at, Duration start, RuntimeException cause) {
    return new IllegalStateException(
        ("rank %d of %d did not meet the others at %s:%d within %d s. Are all started with the same MASTER_ADDR, "
            + "MASTER_PORT and WORLD_SIZE, and is rank 0 running there? %s")
            .formatted(at.rank(), at.size(), at.host(), at.port(), start.toSeconds(),
                String.valueOf(cause.getMessage()).lines().findFirst().orElse("")),
        cause);
  }
}

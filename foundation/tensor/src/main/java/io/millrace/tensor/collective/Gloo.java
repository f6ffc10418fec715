// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.ProcessGroupGloo;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** Groups of processes whose tensors are in main memory: c10d's Gloo, over TCP. */
public final class Gloo {
  /**
   * A rank that is alive may be late: it may be writing a checkpoint. So exchanges wait for it long, and it is
   * {@link SignsOfLife} that ends the waiting for one that is gone.
   */
  private static final long PATIENCE_MILLIS = Duration.ofHours(6).toMillis();

  private Gloo() {}

  /**
   * Joins the group, waiting for the ranks that are not there yet.
   *
   * @param start how long to wait for them
   * @throws IllegalStateException naming the place of meeting if not all came
   */
  public static Collective join(Rendezvous at, Duration start) {
    if (at.size() == 1) {
      return new SingleProcess();
    }
    try (Scope _ = Scope.open()) {
      return join(Stores.at(at, start), ownAddress(at), "all", at.rank(), at.size());
    } catch (RuntimeException e) {
      throw Stores.absent(at, start, e);
    }
  }

  /** Joins a group of processes or threads of this machine that meet in a file, which begins absent or empty. */
  public static Collective join(Path meeting, int rank, int size) {
    if (size == 1) {
      return new SingleProcess();
    }
    try (Scope _ = Scope.open()) {
      return join(Stores.in(meeting, size), "127.0.0.1", "all", rank, size);
    }
  }

  /** Joins the group, waiting up to two minutes for the others. */
  public static Collective join(Rendezvous at) {
    return join(at, Duration.ofMinutes(2));
  }

  private static Collective join(Stores stores, String address, String name, int rank, int size) {
    try (Scope _ = Scope.open()) {
      ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(new Milliseconds(PATIENCE_MILLIS));
      options.devices().push_back(ProcessGroupGloo.createDeviceForHostname(address));
      options.threads(2);
      ProcessGroupGloo group = Scope.keep(new ProcessGroupGloo(stores.below(name + "/gloo"), rank, size, options));
      try {
        stores.awaitAll(name + "/joined", size);
      } catch (RuntimeException e) {
        Scope.free(group);
        throw e;
      }
      SignsOfLife signs = new SignsOfLife(stores.another(), name, rank, size);
      return new C10dCollective(group, Device.CPU, rank, size, signs,
          (part, place, members) -> members == 1
              ? new SingleProcess()
              : join(stores, address, name + "/" + part, place, members),
          () -> Scope.free(group));
    }
  }

  /** The address of this machine at which the others reach it: the one from which it reaches rank 0. */
  private static String ownAddress(Rendezvous at) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(at.host(), at.port()));
      return socket.getLocalAddress().getHostAddress();
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalStateException("MASTER_ADDR " + at.host() + " cannot be reached from here: " + e.getMessage(), e);
    }
  }
}

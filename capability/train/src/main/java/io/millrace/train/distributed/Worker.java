// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.tensor.Device;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Gloo;
import io.millrace.tensor.collective.Nccl;
import io.millrace.tensor.collective.Rendezvous;
import io.millrace.tensor.collective.SingleProcess;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The side of a process that {@link LocalLauncher}, torchrun or an administrator started as one of a group. */
public final class Worker {
  private static final Duration START = Duration.ofMinutes(5);

  private Worker() {}

  /**
   * Joins the group that the environment describes; a process on its own is a group of one.
   *
   * @param environment usually {@link System#getenv()}
   * @param device whose memory the tensors are in
   * @throws IllegalArgumentException naming a variable that is missing or wrong
   * @throws IllegalStateException if the others do not come, or there is no GPU of this process's number
   */
  public static Collective join(Map<String, String> environment, Device.Kind device) {
    Optional<Rendezvous> at = Rendezvous.of(environment);
    if (at.isEmpty()) {
      return new SingleProcess();
    }
    follow(environment.get(LocalLauncher.LAUNCHER));
    return switch (device) {
      case CPU -> Gloo.join(at.get(), START);
      case CUDA -> Nccl.join(at.get(), START);
    };
  }

  /** Ends with the launcher, even when that is killed. */
  private static void follow(@Nullable String launcher) {
    if (launcher != null) {
      ProcessHandle.of(Long.parseLong(launcher)).ifPresent(
          process -> process.onExit().thenRun(() -> Runtime.getRuntime().halt(143)));
    }
  }
}

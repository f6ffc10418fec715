// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

import java.time.Duration;

/**
 * Groups of processes whose tensors are on GPUs: c10d's NCCL, one GPU a process.
 *
 * <p>Needs a build with {@code -Pcuda}. An exchange has ended for the host when it is queued on the GPU's stream; a rank
 * that is gone shows at the next one, at the latest when NCCL's own watchdog ends the process.
 */
public final class Nccl {
  /** What NCCL's watchdog allows an exchange. */
  private static final long PATIENCE_MILLIS = 30_000;

  private Nccl() {}

  /**
   * Joins the group, waiting for the ranks that are not there yet.
   *
   * @param start how long to wait for them
   * @throws IllegalStateException if this process has no GPU of the number {@code localRank}
   */
  public static Collective join(Rendezvous at, Duration start) {
    Device device = new Device(Device.Kind.CUDA, at.localRank()).required();
    if (at.size() == 1) {
      return new SingleProcess();
    }
    try (Scope _ = Scope.open()) {
      return join(Stores.at(at, start), device, "all", at.rank(), at.size());
    } catch (RuntimeException e) {
      throw Stores.absent(at, start, e);
    }
  }

  private static Collective join(Stores stores, Device device, String name, int rank, int size) {
    try (Scope _ = Scope.open()) {
      ProcessGroupNCCL.Options options = ProcessGroupNCCL.Options.create();
      options.timeout(new Milliseconds(PATIENCE_MILLIS));
      ProcessGroupNCCL group = Scope.keep(new ProcessGroupNCCL(stores.below(name + "/nccl"), rank, size, options));
      SignsOfLife signs = new SignsOfLife(stores.another(), name, rank, size);
      return new C10dCollective(group, device, rank, size, signs,
          (part, place, members) ->
              members == 1 ? new SingleProcess() : join(stores, device, name + "/" + part, place, members),
          () -> Scope.free(group));
    }
  }
}

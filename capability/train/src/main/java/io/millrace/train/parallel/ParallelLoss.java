// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.Device;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Reduction;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

import java.util.Map;

/**
 * The loss of a batch whose rows several ranks read, exactly as one process would compute it: predictions weigh by the
 * labels of the whole batch, losses of routers by its tokens.
 *
 * @param loss of the whole batch, in nats per predicted token, auxiliary losses included
 * @param tokens of the whole batch
 * @param labels of the whole batch: the backward pass was that of {@code labels · loss}
 * @param routers what this rank's routers say: see {@link AuxiliaryLosses#values}
 */
public record ParallelLoss(double loss, long tokens, long labels, Map<String, Double> routers) {
  /**
   * Computes this rank's rows and walks back; gradients of rows that others read are not yet in: see {@link
   * ParallelOptimiser}. Needs an open scope.
   *
   * @param rows tokens of this rank, [batch, time] I64 or I32
   * @param documents [batch, time] I64, see {@link Decoder#mask}
   * @param positions [n] I64, indices into batch × time: what is predicted; may be none
   * @param labels [n] I64, what should be there
   */
  public static ParallelLoss backward(
      ParallelDecoder parallel, Tensor rows, Tensor documents, Tensor positions, Tensor labels) {
    Decoder decoder = parallel.working();
    Collective readers = parallel.groups().readers();
    Device device = decoder.weights().device();
    double[] all = sums(readers, device, labels.numel(), rows.numel());
    AuxiliaryLosses auxiliary = new AuxiliaryLosses();
    Tensor hidden = decoder.hidden(rows, decoder.mask(documents), auxiliary);
    // Without labels the mean is no number, but the ranks that send their tokens here wait for the way back.
    Tensor predicted = labels.numel() == 0
        ? hidden.sum().mul(new Scalar(0.0))
        : decoder.loss(hidden, positions, labels).mul(new Scalar((double) labels.numel()));
    double share = all[0] * rows.numel() / all[1];
    Tensor objective = auxiliary.addTo(predicted.div(new Scalar(share))).mul(new Scalar(share));
    objective.backward();
    double[] loss = sums(readers, device, objective.item_double());
    return new ParallelLoss(loss[0] / all[0], (long) all[1], (long) all[0], auxiliary.values());
  }

  /** Over the ranks, on the device where they exchange everything. */
  private static double[] sums(Collective group, Device device, double... numbers) {
    Tensor sums = device.move(Tensors.of(numbers, numbers.length));
    group.allReduce(sums, Reduction.SUM);
    return Tensors.doubles(sums);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.train.loss.TokenLogProbs;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.List;

/**
 * One forward pass of a decoder over sampled answers, in the open scope.
 *
 * @param batch the answers
 * @param hidden last states, [rows, length, hiddenSize]
 * @param logits scores of the vocabulary at the answers' tokens, divided by the temperature, [tokens, vocabulary]
 */
record PolicyPass(SequenceBatch batch, Tensor hidden, Tensor logits) {
  /**
   * Reads answers.
   *
   * @param temperature at which they were sampled: ratios are taken between the distributions that were drawn from
   * @param auxiliary takes the decoder's own losses
   */
  static PolicyPass of(Decoder decoder, List<Example> answers, double temperature, AuxiliaryLosses auxiliary) {
    SequenceBatch batch = SequenceBatch.of(answers, 1);
    Tensor hidden = batch.hidden(decoder, auxiliary);
    return new PolicyPass(batch, hidden, batch.logits(decoder, hidden).div(new Scalar(temperature)));
  }

  /** Log-probabilities of the answers' tokens, [tokens]. */
  Tensor logProbs() {
    return TokenLogProbs.of(logits, batch.labels());
  }

  /** The states from which they are predicted, [tokens, hiddenSize]. */
  Tensor states() {
    return batch.beforeLearnt(hidden);
  }

  /** The mean entropy of the distributions that the tokens were drawn from, in nats. */
  double entropy() {
    Tensor scores = logits.detach();
    Tensor expected = scores.softmax(-1).mul(scores).sum(-1);
    return torch.logsumexp(scores, 1).sub(expected).mean().item_double();
  }

  /** Numbers given by answer and token, in this batch's order and the number format of its scores, [tokens]. */
  Tensor perToken(List<double[]> byAnswer) {
    return batch.perToken(byAnswer).to(logits.scalar_type());
  }

  /** The log-probabilities of answers by token, without gradients. */
  static List<double[]> logProbs(Decoder decoder, List<Example> answers, double temperature, int batchSize) {
    List<double[]> logProbs = new ArrayList<>();
    for (int from = 0; from < answers.size(); from += batchSize) {
      List<Example> some = answers.subList(from, Math.min(answers.size(), from + batchSize));
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        PolicyPass pass = of(decoder, some, temperature, AuxiliaryLosses.none());
        logProbs.addAll(pass.batch.byExample(pass.logProbs()));
      }
    }
    return logProbs;
  }
}
